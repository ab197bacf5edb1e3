/** Which prices a command reckons with, and what it costs in words. */
import {readFile} from 'node:fs/promises'
import {fileError, PocketError} from '../errors.js'
import {costOf, parsePriceTable, type PriceTable, publishedPrices, type Traffic} from '../operations/prices.js'
import {type ChoosingFlags, chooseRepository} from './chosen-repository.js'
import {formatMoney} from './format-money.js'
import {formatCount, formatCounted, formatSize} from './format-quantity.js'
import type {JsonFields} from './json-output.js'
import {isBucketLocation} from './location.js'
import {printable} from './printable.js'
import {parseToml} from './read-toml.js'
import {findSetting, readText} from './settings.js'

const LEAST = 0.0001

/** The prices of the server at an endpoint; undefined when they are not known. */
export type FindPrices = (endpoint: string | undefined) => PriceTable | undefined

export const noPrices: FindPrices = () => undefined

/** Those of `--price-table`, else published ones, which are for the standard class only; none for a folder. Throws `usage` for a table that cannot be read. */
export async function choosePrices(flags: ChoosingFlags): Promise<FindPrices> {
  const {settings, location} = await chooseRepository(flags)
  if (location === undefined || !isBucketLocation(location)) return noPrices
  const path = readText(findSetting('price-table', settings))
  if (path !== undefined) {
    const table = parsePriceTable(await readDocument(path), path)
    return () => table
  }
  const storageClass = readText(findSetting('storage-class', settings))
  return storageClass === undefined || storageClass === 'STANDARD' ? publishedPrices : noPrices
}

async function readDocument(path: string): Promise<unknown> {
  const what = 'the price table'
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, `cannot read ${what} '${path}'`)
  })
  if (!text.trimStart().startsWith('{')) return parseToml(text, {path, what})
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new PocketError('usage', `${what} '${path}' is not JSON`, {hint: 'check it with: jq . FILE', cause: error})
  }
}

/** What work cost, in words and for programs. */
export interface TrafficReport {
  traffic?: Traffic
  endpoint?: string
}

/** `about $0.0012 at published prices (Amazon S3 Standard in us-east-1)`, `about €0.0012 at the prices of 'our.toml'` */
export function costText(amount: number, {currency, isPublished, name}: PriceTable, per = ''): string {
  const whose = isPublished ? `published prices (${name})` : `the prices of '${printable(name)}'`
  return `${approximately(amount, currency)}${per} at ${whose}`
}

/** What nobody will ever see on a bill is not told to the last digit. */
function approximately(amount: number, currency: string): string {
  if (amount === 0 || amount >= LEAST) return `about ${formatMoney(amount, currency)}`
  return `less than ${formatMoney(LEAST, currency)}`
}

/** What was asked of a server and what that costs, as lines whose first words take `width` columns; none where no server was asked. */
export function trafficLines({traffic, endpoint}: TrafficReport, prices: FindPrices, width: number): string[] {
  if (traffic === undefined) return []
  const {put, get, list, remove, repeated, bytesUp, bytesDown} = traffic
  const kinds = [`${formatCount(put)} PUT`, `${formatCount(get)} GET`, `${formatCount(list)} LIST`, `${formatCount(remove)} DELETE`]
  const again = repeated === 0 ? '' : `, ${formatCount(repeated)} of them repeated`
  const asked = `${formatCounted(put + get + list + remove, 'request')} (${kinds.join(', ')})${again}`
  const table = prices(endpoint)
  return [
    `${'asked'.padEnd(width)}${asked}; ${formatSize(bytesUp)} up, ${formatSize(bytesDown)} down`,
    ...(table === undefined ? [] : [`${'cost'.padEnd(width)}${costText(costOf(traffic, table).total, table)}`]),
  ]
}

export function trafficJson({traffic, endpoint}: TrafficReport, prices: FindPrices): JsonFields {
  if (traffic === undefined) return {traffic: null, cost: null}
  const {put, get, list, remove, repeated, bytesUp, bytesDown} = traffic
  const table = prices(endpoint)
  return {
    traffic: {put, get, list, remove, repeated, bytes_up: bytesUp, bytes_down: bytesDown},
    cost: table === undefined ? null : {...costOf(traffic, table)},
  }
}
