import test, {type ExecutionContext} from 'ava'
import {WorkerPool} from '../../src/engine/worker-pool.js'
import {rejectsWith} from '../backend/objects.js'

export interface EchoJob {
  job: number
  task: 'echo' | 'throw' | 'exit' | 'block' | 'notice' | 'slow'
  text: string
}

interface Echo {
  job: number
  text: string
}

type EchoPool = WorkerPool<EchoJob, Echo, {notice: string}>

/** A pool of two workers that take two jobs each, and how many of them were started. */
function createPool(t: ExecutionContext): {pool: EchoPool; started: number[]; notices: string[]} {
  const started: number[] = []
  const notices: string[] = []
  const pool: EchoPool = new WorkerPool({
    script: new URL('./unit-echo-worker.js', import.meta.url),
    count: 2,
    depth: 2,
    dataFor: (index) => {
      started.push(index)
      return undefined
    },
    onNotice: ({notice}) => notices.push(notice),
  })
  t.teardown(() => pool.close())
  return {pool, started, notices}
}

test('worker pool: each job has its own answer, whichever worker has it', async (t) => {
  const {pool, started} = createPool(t)
  const texts = Array.from({length: 40}, (_, number) => `${number}`)
  const answers = await Promise.all(texts.map((text, number) => pool.run({task: number % 3 ? 'echo' : 'slow', text})))
  t.deepEqual(
    answers.map(({text}) => text),
    texts,
  )
  t.deepEqual(started, [0, 1])
})

test('worker pool: no worker is started before there is work for it', async (t) => {
  const {pool, started} = createPool(t)
  await pool.ready()
  await pool.runOnAll({task: 'echo', text: ''})
  t.deepEqual(started, [])
  await pool.run({task: 'echo', text: ''})
  await pool.run({task: 'echo', text: ''})
  t.deepEqual(started, [0])
  await pool.runOnAll({task: 'echo', text: ''})
  t.deepEqual(started, [0])
})

test('worker pool: `ready` waits while every worker has its share of jobs', async (t) => {
  const {pool} = createPool(t)
  const jobs = Array.from({length: 4}, () => pool.run({task: 'slow', text: ''}))
  t.true(pool.isFull)
  await pool.ready()
  t.false(pool.isFull)
  await Promise.all(jobs)
})

test('worker pool: what a worker says besides is told before the answer that follows it', async (t) => {
  const {pool, notices} = createPool(t)
  await pool.run({task: 'notice', text: 'a pack'})
  t.deepEqual(notices, ['a pack'])
})

test('worker pool: an error in a worker fails its jobs, and every later call with the same error', async (t) => {
  const {pool} = createPool(t)
  const jobs = await Promise.allSettled([pool.run({task: 'block', text: ''}), pool.run({task: 'throw', text: 'a bug'})])
  const later = await Promise.allSettled([pool.ready(), pool.run({task: 'echo', text: ''}), Promise.resolve().then(() => pool.check())])
  for (const outcome of [...jobs, ...later]) t.is(outcome.status === 'rejected' && String(outcome.reason), 'TypeError: a bug')
})

test('worker pool: a worker that ends without an error is a failure', async (t) => {
  const {pool} = createPool(t)
  await rejectsWith(t, pool.run({task: 'exit', text: ''}), 'worker-failed')
})

test('worker pool: closing ends workers that never would, and their jobs are interrupted', async (t) => {
  const {pool} = createPool(t)
  const jobs = Array.from({length: 3}, () => pool.run({task: 'block', text: ''}))
  await Promise.all([pool.close(), ...jobs.map((job) => rejectsWith(t, job, 'interrupted'))])
})

test('worker pool: whoever waits for a place, or comes later, is interrupted too when the pool is closed', async (t) => {
  const {pool} = createPool(t)
  const jobs = Array.from({length: 4}, () => pool.run({task: 'block', text: ''}))
  const waiting = pool.ready()
  const closed = pool.close()
  await rejectsWith(t, waiting, 'interrupted')
  await rejectsWith(t, pool.run({task: 'echo', text: ''}), 'interrupted')
  for (const job of jobs) await rejectsWith(t, job, 'interrupted')
  await closed
  await rejectsWith(t, pool.ready(), 'interrupted')
  await pool.close()
})
