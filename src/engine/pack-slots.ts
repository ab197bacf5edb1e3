/**
 * The memory in which workers put packs together, and from which the main thread hands them to the backend without a copy. A fixed
 * number of slots bounds the memory: a worker that finds none free waits until a pack has been stored.
 */
import type {FinishedPack} from '../repository/pack-builder.js'
import type {PackMemory} from './chunk-sink.js'
import type {SlotBuffers} from './messages.js'

const FREE = 0
const TAKEN = 1
/** The word of `state` that counts releases; the slots' words follow. */
const RELEASES = 0

export function createSlots(count: number, bytesEach: number): SlotBuffers {
  return {
    state: new SharedArrayBuffer((count + 1) * 4),
    memory: Array.from({length: count}, () => new SharedArrayBuffer(bytesEach)),
  }
}

/** Takes a free slot, waiting for one if need be. Blocks: for workers only. */
export function acquireSlot({state, memory}: SlotBuffers): number {
  const words = new Int32Array(state)
  for (;;) {
    const releases = Atomics.load(words, RELEASES)
    for (let slot = 0; slot < memory.length; slot++) {
      if (Atomics.compareExchange(words, slot + 1, FREE, TAKEN) === FREE) return slot
    }
    Atomics.wait(words, RELEASES, releases)
  }
}

export function releaseSlot({state}: SlotBuffers, slot: number): void {
  const words = new Int32Array(state)
  Atomics.store(words, slot + 1, FREE)
  Atomics.add(words, RELEASES, 1)
  Atomics.notify(words, RELEASES)
}

/** A worker's packs in slots: `emit` hands the slot over with the pack. */
export function slotMemory(slots: SlotBuffers, emit: (slot: number, pack: FinishedPack) => void): PackMemory {
  let taken = -1
  return {
    allocate: () => {
      taken = acquireSlot(slots)
      return new Uint8Array(slots.memory[taken])
    },
    emit: (pack) => emit(taken, pack),
  }
}
