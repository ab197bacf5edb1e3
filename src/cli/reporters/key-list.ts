/** The keys of a repository as a table and as JSON. */
import type {KeyInfo} from '../../operations/manage-keys.js'
import {formatExactTime, formatLocalTime} from '../format-time.js'
import type {JsonFields} from '../json-output.js'
import {printable} from '../printable.js'
import {type Column, formatTable} from '../table.js'

const COLUMNS: readonly Column[] = [{title: ' ID'}, {title: 'Type'}, {title: 'Label'}, {title: 'Created'}, {title: 'Host'}, {title: 'User'}]

/** A star stands before the key that opened the repository. */
export function keyListLines(keys: readonly KeyInfo[]): string[] {
  if (keys.length === 0) return ['no keys: this repository is not encrypted']
  return formatTable(COLUMNS, keys.map(keyRow))
}

function keyRow({id, type, label, createdNs, host, user, current}: KeyInfo): string[] {
  return [`${current ? '*' : ' '}${id.slice(0, 8)}`, type, printable(label), formatLocalTime(createdNs), printable(host), printable(user)]
}

export function keyJson({id, type, label, createdNs, host, user, current}: KeyInfo): JsonFields {
  return {id, type: type.replaceAll('-', '_'), label, created: formatExactTime(createdNs), host, user, current}
}
