/** The header of a zstd frame (RFC 8878, section 3.1.1.1), of which only the length of the content is of use here. */

const MAGIC = 0xfd2fb528
const DESCRIPTOR_OFFSET = 4
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const

/** How many bytes the frame says it holds; undefined when it does not say. Throws when `source` does not begin with a zstd frame's header. */
export function frameContentSize(source: Uint8Array): number | undefined {
  const header = new DataView(source.buffer, source.byteOffset, source.byteLength)
  if (header.getUint32(0, true) !== MAGIC) throw new Error('no zstd frame begins here')
  const descriptor = header.getUint8(DESCRIPTOR_OFFSET)
  const sizeFlag = descriptor >> 6
  const isSingleSegment = (descriptor & 0b0010_0000) !== 0
  const windowBytes = isSingleSegment ? 0 : 1
  const offset = DESCRIPTOR_OFFSET + 1 + windowBytes + DICTIONARY_ID_BYTES[descriptor & 0b11]
  if (sizeFlag === 3) return Number(header.getBigUint64(offset, true))
  if (sizeFlag === 2) return header.getUint32(offset, true)
  // Two bytes begin to count where one byte ends.
  if (sizeFlag === 1) return header.getUint16(offset, true) + 256
  return isSingleSegment ? header.getUint8(offset) : undefined
}
