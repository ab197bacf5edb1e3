const BLOCKS = 64
const BLOCK_BYTES = 32
const WORDS_PER_BLOCK = 4

/**
 * The 256 random 64-bit numbers of FastCDC's gear hash, one per byte value.
 *
 * `expand` is a keyed pseudo-random function: for each counter 0 to 63 it returns 32 bytes, read as four
 * little-endian u64, so that number i is word i % 4 of block floor(i / 4). A repository passes BLAKE3 keyed with its
 * gear key over the counter as u32 little-endian, so that the cuts cannot be foretold without its key. The same
 * `expand` gives the same table. Throws RangeError for a block of another length.
 */
export function gearTable(expand: (counter: number) => Uint8Array): BigUint64Array {
  const gear = new BigUint64Array(BLOCKS * WORDS_PER_BLOCK)
  for (let counter = 0; counter < BLOCKS; counter++) {
    const block = expand(counter)
    if (block.length !== BLOCK_BYTES) throw new RangeError(`expected a block of 32 bytes, got ${block.length}`)
    const words = new DataView(block.buffer, block.byteOffset, BLOCK_BYTES)
    for (let word = 0; word < WORDS_PER_BLOCK; word++) {
      gear[counter * WORDS_PER_BLOCK + word] = words.getBigUint64(word * 8, true)
    }
  }
  return gear
}
