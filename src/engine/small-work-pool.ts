/**
 * Reads on the main thread as long as it is little, and leaves everything else to workers: starting one costs as much as ten files. For runs
 * that look at little; in others the main thread has enough to do.
 */
import type {SnapshotPool} from './file-scheduler.js'
import type {JobDone, SnapshotJob} from './messages.js'
import type {SnapshotJobs} from './snapshot-jobs.js'

/** Content that is read on the main thread in a run, by the sizes that were listed. */
const LITTLE_BYTES = 1024 * 1024

type Request<Job> = Job extends unknown ? Omit<Job, 'job'> : never

export class SmallWorkPool implements SnapshotPool {
  readonly #createWorkers: () => SnapshotPool
  readonly #createJobs: () => SnapshotJobs
  #workers: SnapshotPool | undefined
  #jobs: SnapshotJobs | undefined
  #leftBytes = LITTLE_BYTES

  constructor(createWorkers: () => SnapshotPool, createJobs: () => SnapshotJobs) {
    this.#createWorkers = createWorkers
    this.#createJobs = createJobs
  }

  async run(job: Request<SnapshotJob>, transfer?: ArrayBuffer[]): Promise<JobDone> {
    if (job.type !== 'read' || !this.#isLittle(job.sizes)) return this.#pool.run(job, transfer)
    this.#jobs ??= this.#createJobs()
    return this.#jobs.answer({...job, job: 0})
  }

  async runOnAll(job: Request<SnapshotJob>): Promise<void> {
    this.#jobs?.answer({...job, job: 0})
    await this.#workers?.runOnAll(job)
  }

  async ready(): Promise<void> {
    await this.#workers?.ready()
  }

  async close(): Promise<void> {
    await this.#workers?.close()
  }

  get #pool(): SnapshotPool {
    return (this.#workers ??= this.#createWorkers())
  }

  #isLittle(sizes: BigInt64Array): boolean {
    const bytes = sizes.reduce((sum, size) => sum + Number(size), 0)
    if (bytes > this.#leftBytes) return false
    this.#leftBytes -= bytes
    return true
  }
}
