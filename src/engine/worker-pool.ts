/** Worker threads that answer jobs: started when there is work for them, fed the least busy first, watched for failure. */
import {Worker} from 'node:worker_threads'
import {PocketError} from '../errors.js'
import {Signal} from '../util/concurrency.js'

/** Every job carries a number, and exactly one answer carries the same. */
export interface Numbered {
  job: number
}

export interface WorkerPoolOptions<Notice> {
  /** The worker's compiled file. */
  script: URL
  count: number
  /** What worker number `index` is given. */
  dataFor: (index: number) => unknown
  /** Jobs under way per worker, at most. */
  depth: number
  /** Takes what a worker says that is not an answer to a job. */
  onNotice?: (notice: Notice) => void
}

interface Lane {
  worker: Worker
  underWay: number
}

interface Pending<Answer> {
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

/** Of V8, small: a worker makes little garbage, but that holds buffers of megabytes until it is swept (docs/decisions/0004-memory.md). */
const YOUNG_GENERATION_MB = 2

export class WorkerPool<Job extends Numbered, Answer extends Numbered, Notice extends object = never> {
  readonly #options: WorkerPoolOptions<Notice>
  readonly #lanes: Lane[] = []
  readonly #pending = new Map<number, Pending<Answer>>()
  readonly #changed = new Signal()
  #nextJob = 1
  #failure: {error: unknown} | undefined
  #isClosing = false

  constructor(options: WorkerPoolOptions<Notice>) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#pending.size >= this.#options.count * this.#options.depth
  }

  /** Resolves when another job need not wait behind a full queue; throws when a worker has failed. */
  async ready(): Promise<void> {
    this.check()
    while (this.isFull) {
      await this.#changed.wait()
      this.check()
    }
  }

  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Hands a job to the least busy worker (a new one is started only when all that run are busy); resolves with its answer. */
  run(job: DistributiveOmit<Job, 'job'>, transfer: ArrayBuffer[] = []): Promise<Answer> {
    return this.#send(this.#choose(), job, transfer)
  }

  /** Starts all workers now, for work that is to come. */
  start(): void {
    while (this.#lanes.length < this.#options.count) this.#start()
  }

  /** Hands a job to each running worker; resolves when all have answered. */
  async runOnAll(job: DistributiveOmit<Job, 'job'>): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => this.#send(lane, job, [])))
  }

  /** Ends the workers, whatever they are doing; jobs under way fail with `interrupted`, and so does every later call. */
  async close(): Promise<void> {
    this.#isClosing = true
    this.#failure ??= {error: new PocketError('interrupted', 'the workers were stopped')}
    await Promise.all(this.#lanes.map(({worker}) => worker.terminate()))
    this.#rejectAll(this.#failure.error)
  }

  #send(lane: Lane, job: DistributiveOmit<Job, 'job'>, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure.error)
    const number = this.#nextJob++
    lane.underWay++
    return new Promise((resolve, reject) => {
      this.#pending.set(number, {resolve, reject})
      lane.worker.postMessage({...job, job: number}, transfer)
    })
  }

  #choose(): Lane {
    let best = this.#lanes[0]
    for (const lane of this.#lanes) if (lane.underWay < best.underWay) best = lane
    const mayStart = this.#lanes.length < this.#options.count
    return mayStart && (best === undefined || best.underWay > 0) ? this.#start() : best
  }

  #start(): Lane {
    const worker = new Worker(this.#options.script, {
      workerData: this.#options.dataFor(this.#lanes.length),
      resourceLimits: {maxYoungGenerationSizeMb: YOUNG_GENERATION_MB},
    })
    const lane: Lane = {worker, underWay: 0}
    worker.on('message', (message: Answer | Notice) => this.#receive(lane, message))
    worker.on('error', (error) => this.#fail(error))
    worker.on('messageerror', (cause) => this.#fail(new PocketError('worker-failed', "a worker's answer cannot be read", {cause})))
    worker.on('exit', (code) => this.#fail(new PocketError('worker-failed', `a worker ended unexpectedly with code ${code}`)))
    this.#lanes.push(lane)
    return lane
  }

  #receive(lane: Lane, message: Answer | Notice): void {
    if (!('job' in message)) {
      this.#options.onNotice?.(message)
      return
    }
    lane.underWay--
    const pending = this.#pending.get(message.job)
    this.#pending.delete(message.job)
    pending?.resolve(message)
    this.#changed.wake()
  }

  #fail(error: unknown): void {
    if (this.#isClosing) return
    this.#failure ??= {error}
    this.#rejectAll(error)
  }

  #rejectAll(error: unknown): void {
    for (const {reject} of this.#pending.values()) reject(error)
    this.#pending.clear()
    this.#changed.wake()
  }
}

/** `Omit` over each member of a union. */
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
