/** The objects of a repository as lines and as JSON. */
import {OBJECT_KINDS, type ObjectInfo, type ObjectKind, type ObjectTotals} from '../../operations/list-objects.js'
import {storageCostOf} from '../../operations/prices.js'
import {formatAge, formatCount, formatSize} from '../format-quantity.js'
import {formatExactTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {costText, type FindPrices} from '../prices.js'
import {printable} from '../printable.js'
import {formatTable} from '../table.js'

const KIND_WIDTH = 14
const SIZE_WIDTH = 8
const AGE_WIDTH = 6

/** `data pack      16.0 MiB     3 d  chunks/3f/3fa9…`; a dash where the backend does not know how old it is. */
export function objectLine({name, kind, sizeBytes, modifiedMs}: ObjectInfo, nowMs: number): string {
  const age = modifiedMs === undefined ? '-' : formatAge(nowMs - modifiedMs)
  return [textOf(kind).padEnd(KIND_WIDTH), formatSize(sizeBytes).padStart(SIZE_WIDTH), age.padStart(AGE_WIDTH), printable(name)].join('  ')
}

/** A line for each kind that there is, one for all, and what keeping them costs where that is known. */
export function objectTotalsLines(totals: ObjectTotals, endpoint: string | undefined, prices: FindPrices): string[] {
  const rows = OBJECT_KINDS.filter((kind) => totals.kinds[kind].objects > 0).map((kind) => row(textOf(kind), totals.kinds[kind]))
  const columns = [{title: 'Kind'}, {title: 'Objects', align: 'right'}, {title: 'Size', align: 'right'}] as const
  const table = prices(endpoint)
  const cost = table === undefined ? [] : ['', `keeping them costs ${costText(storageCostOf(totals.bytes, table), table, ' a month')}`]
  return [...formatTable(columns, [...rows, row('total', totals)]), ...cost]
}

function row(title: string, {objects, bytes}: {objects: number; bytes: number}): string[] {
  return [title, formatCount(objects), formatSize(bytes)]
}

/** `unindexed-pack` is a word for programs. */
function textOf(kind: ObjectKind): string {
  return kind.replace('-', ' ')
}

export function objectJson({name, kind, sizeBytes, modifiedMs}: ObjectInfo): JsonFields {
  return {name, kind: kindKey(kind), size_bytes: sizeBytes, modified: modifiedMs === undefined ? null : exactTime(modifiedMs)}
}

export function objectTotalsJson(totals: ObjectTotals, endpoint: string | undefined, prices: FindPrices): JsonFields {
  const table = prices(endpoint)
  return {
    totals: {
      objects: totals.objects,
      bytes: totals.bytes,
      kinds: Object.fromEntries(OBJECT_KINDS.map((kind) => [kindKey(kind), {...totals.kinds[kind]}])),
    },
    storage_cost: table === undefined ? null : {currency: table.currency, per_month: storageCostOf(totals.bytes, table)},
  }
}

function kindKey(kind: ObjectKind): string {
  return kind.replace('-', '_')
}

function exactTime(milliseconds: number): string {
  return formatExactTime(BigInt(Math.round(milliseconds)) * 1_000_000n)
}
