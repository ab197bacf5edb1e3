// AssemblyScript, compiled by ../build-wasm.mjs. The rule is stated in ../fastcdc.ts, which also lays out the memory:
// the gear table at 0, the lengths of the chunks found from LENGTHS on, and the data somewhere behind them.

const LENGTHS: usize = 2048

/**
 * Cuts the bytes at [start, end), writes the lengths of the chunks as u32 from LENGTHS on, and returns their number.
 * The caller gives room for (end - start) / minSize + 1 lengths.
 */
export function cut(
  start: usize,
  end: usize,
  isFinal: bool,
  minSize: usize,
  averageSize: usize,
  maxSize: usize,
  strictBits: u32,
  looseBits: u32,
): u32 {
  const strictLimit = (<u64>1) << <u64>(64 - strictBits)
  const looseLimit = (<u64>1) << <u64>(64 - looseBits)
  let written = LENGTHS
  while (start < end) {
    const available = end - start
    if (available <= minSize && !isFinal) break
    const limit = available < maxSize ? end : start + maxSize
    const middle = available < averageSize ? end : start + averageSize
    const boundary = available <= minSize ? 0 : findBoundary(start + minSize, middle, limit, strictLimit, looseLimit)
    if (boundary == 0 && available < maxSize && !isFinal) break
    const next = boundary == 0 ? limit : boundary
    store<u32>(written, <u32>(next - start))
    written += 4
    start = next
  }
  return <u32>((written - LENGTHS) >> 2)
}

/** The position after the byte at which to cut, or 0 when no byte before `limit` asks for a cut. */
function findBoundary(position: usize, middle: usize, limit: usize, strictLimit: u64, looseLimit: u64): usize {
  let hash: u64 = 0
  // Highest n bits all zero is the same as being less than 2 ** (64 - n): one comparison, no mask.
  while (position < middle) {
    hash = (hash << 1) + load<u64>(<usize>load<u8>(position++) << 3)
    if (hash < strictLimit) return position
  }
  while (position < limit) {
    hash = (hash << 1) + load<u64>(<usize>load<u8>(position++) << 3)
    if (hash < looseLimit) return position
  }
  return 0
}
