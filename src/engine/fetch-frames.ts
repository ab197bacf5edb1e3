/** Gets some frames of one pack: those that lie near each other with one request, several requests at a time. */
import type {Access, Backend} from '../backend/backend.js'
import {HEAD_BYTES} from '../format/head.js'
import type {FrameLocation, PackInfo} from '../repository/chunk-index.js'
import {packName} from '../repository/names.js'
import {mapBounded} from '../util/concurrency.js'

export interface FetchedFrames {
  head: Uint8Array
  /** Stored bytes by the frame's number in the pack. */
  stored: Map<number, Uint8Array>
}

interface Range {
  start: number
  end: number
  frames: FrameLocation[]
}

/** `frames`: in the order of the pack. Throws what the backend throws. */
export async function fetchFrames(
  backend: Pick<Backend, 'get' | 'access'>,
  pack: PackInfo,
  frames: readonly FrameLocation[],
): Promise<FetchedFrames> {
  const fetched: FetchedFrames = {head: new Uint8Array(0), stored: new Map()}
  if (frames.length === 0) return fetched
  const name = packName(pack.id)
  await mapBounded(joinFrames(frames, backend.access), backend.access.parallelCalls, async ({start, end, frames: joined}) => {
    const bytes = await backend.get(name, {range: {start, length: end - start}})
    if (start === 0) fetched.head = bytes.subarray(0, HEAD_BYTES)
    for (const {ordinal, offset, storedLength} of joined) {
      fetched.stored.set(ordinal, bytes.subarray(offset - start, offset - start + storedLength))
    }
  })
  return fetched
}

/** The first range begins with the head of the pack. */
function joinFrames(frames: readonly FrameLocation[], {gapBytes, rangeBytes}: Access): Range[] {
  let range: Range = {start: 0, end: HEAD_BYTES, frames: []}
  const ranges = [range]
  for (const frame of frames) {
    const end = frame.offset + frame.storedLength
    if (frame.offset - range.end > gapBytes || end - range.start > rangeBytes) {
      range = {start: frame.offset, end, frames: []}
      ranges.push(range)
    }
    range.end = end
    range.frames.push(frame)
  }
  return ranges
}
