/**
 * Many clients at once, with crashes, failures, sleep and clocks that jump: no snapshot is ever lost. POCKET_MODEL_SEQUENCES says how many
 * sequences are run, POCKET_MODEL_SEED which is the first: with one sequence, a failure can be seen again.
 */
import test from 'ava'
import {createMemoryBackend} from '../../src/backend/memory.js'
import {loadZstd} from '../../src/compression/zstd.js'
import {runModel} from './model.js'
import {Random} from './random.js'
import type {Chances} from './schedule.js'

const SEQUENCES = Number(process.env.POCKET_MODEL_SEQUENCES ?? 2000)
const FIRST_SEED = Number(process.env.POCKET_MODEL_SEED ?? Math.floor(Math.random() * 1_000_000_000))

/** By what can go wrong in them. */
const KINDS: readonly [string, Chances][] = [
  ['nothing fails', {dies: 0, fails: 0, sleeps: 30}],
  ['clients die', {dies: 60, fails: 0, sleeps: 40}],
  ['calls fail', {dies: 0, fails: 60, sleeps: 40}],
  ['all of it', {dies: 90, fails: 90, sleeps: 15}],
]

test.before(loadZstd)

for (const [number, [kind, chances]] of KINDS.entries()) {
  test.serial(`model: ${kind}: every snapshot that must be there is whole`, async (t) => {
    t.timeout(24 * 60 * 60_000)
    const counts: Record<string, number> = {}
    const sequences = Math.ceil(SEQUENCES / KINDS.length)
    t.log(`${sequences} sequences from seed ${FIRST_SEED + number * SEQUENCES}`)
    for (let sequence = 0; sequence < sequences; sequence++) {
      const seed = FIRST_SEED + number * SEQUENCES + sequence
      const random = new Random(seed)
      const options = {seed, clients: 2 + random.below(3), steps: 4 + random.below(6), chances, backend: createMemoryBackend()}
      const outcome = await runModel(options)
      for (const [what, count] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + count
    }
    t.log(counts)
    t.true(counts.snapshot > 0 && counts.prune > 0)
  })
}
