import {ENTRY_TYPE} from '../../src/format/entry-type.js'
import type {TreeTable} from '../../src/format/tree.js'
import {toByteString} from '../../src/util/bytes.js'

/** A directory of `length` files, each of one chunk. */
export function filesTable(length: number, nameOf: (index: number) => string): TreeTable {
  const ids = new Uint32Array(length * 8)
  for (let index = 0; index < length; index++) ids[index * 8] = index
  return {
    length,
    names: Array.from({length}, (_, index) => toByteString(nameOf(index))).sort(),
    types: new Uint8Array(length).fill(ENTRY_TYPE.file),
    modes: new Uint16Array(length).fill(0o644),
    uids: new Uint32Array(length).fill(1000),
    gids: new Uint32Array(length).fill(1000),
    sizes: new BigUint64Array(length).fill(5n),
    mtimes: new BigInt64Array(length).fill(1_767_225_600_000_000_000n),
    ctimes: new BigInt64Array(length),
    inodes: BigUint64Array.from({length}, (_, index) => BigInt(index)),
    counts: new Uint32Array(length).fill(1),
    depths: new Uint8Array(length),
    ids: new Uint8Array(ids.buffer),
    lengths: new Uint32Array(length).fill(5),
    targets: [],
    errors: [],
    totals: {files: length, directories: 0, links: 0, others: 0, bytes: length * 5, unreadable: 0},
  }
}
