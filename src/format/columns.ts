/**
 * Columns: numbers of one width, one after another, little-endian. On a little-endian host a column is the memory of
 * a typed array as it is; elsewhere each number is turned around.
 */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

type Column = Uint8Array | Uint16Array | Uint32Array | BigUint64Array | BigInt64Array

interface ColumnType<T extends Column> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

/** The bytes of `column` as they are stored: a view of its memory on most hosts, so not to be written to. */
export function columnBytes(column: Column): Uint8Array {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
  return isLittleEndian ? bytes : turnedAround(bytes, column.BYTES_PER_ELEMENT)
}

/**
 * The column that begins at `offset` of `bytes`: a view of `bytes` where the host and the alignment allow, else a copy.
 * The caller has checked that `bytes` holds that many numbers.
 */
export function readColumn<T extends Column>(type: ColumnType<T>, bytes: Uint8Array, offset: number, length: number): T {
  const width = type.BYTES_PER_ELEMENT
  const start = bytes.byteOffset + offset
  if (isLittleEndian && start % width === 0) return new type(bytes.buffer, start, length)
  const part = bytes.subarray(offset, offset + length * width)
  const copy = isLittleEndian ? new Uint8Array(part) : turnedAround(part, width)
  return new type(copy.buffer, copy.byteOffset, length)
}

/** A copy with the bytes of each number of `width` bytes in the other order. */
export function turnedAround(bytes: Uint8Array, width: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  if (width === 1) return copy
  for (let start = 0; start < copy.length; start += width) copy.subarray(start, start + width).reverse()
  return copy
}
