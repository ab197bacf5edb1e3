/** The part of a chunk id that the tables in memory compare: 192 of its 256 bits, as six words. */

export const ID_WORDS = 6

const scratch = new Int32Array(ID_WORDS)

/**
 * The words of the id at `offset` in `ids`, in an array that the next call overwrites. The first is never 0, which marks an empty slot
 * in the tables.
 */
export function readIdWords(ids: Uint8Array, offset: number): Int32Array {
  for (let word = 0; word < ID_WORDS; word++) {
    const at = offset + word * 4
    scratch[word] = ids[at] | (ids[at + 1] << 8) | (ids[at + 2] << 16) | (ids[at + 3] << 24)
  }
  if (scratch[0] === 0) scratch[0] = 1
  return scratch
}

/** Whether the slot that begins at `base` in `table` holds `words`; the first word has been compared already. */
export function matchesIdWords(table: Int32Array, base: number, words: Int32Array): boolean {
  for (let word = 1; word < ID_WORDS; word++) {
    if (table[base + word] !== words[word]) return false
  }
  return true
}

/** The word that chooses the slot. */
export const ORDER_WORD = 1

/**
 * The slot at which a search begins in a table of so many slots, for an id with this `ORDER_WORD`: ids are uniform, so a word scaled
 * down is a hash. It never falls when the word, taken as unsigned, rises.
 */
export function firstSlot(order: number, slots: number): number {
  return Math.floor(((order >>> 0) / 2 ** 32) * slots)
}
