import {setTimeout as sleep} from 'node:timers/promises'
import type {S3} from '@aws-sdk/client-s3'
import {PocketError} from '../../src/errors.js'
import {hasCeph, PACKAGES} from '../../test/s3-server/ceph-programs.js'
import {createClient} from '../../test/s3-server/client.js'
import {type LatencyRelay, startLatencyRelay} from '../../test/s3-server/latency-relay.js'
import {type Rgw, startRgw} from '../../test/s3-server/rgw.js'
import type {BucketPlace} from '../tools/tool.js'
import {type BucketTraffic, trafficBetween} from './figures.js'

const BUCKET = 'bench'
/** Bytes of a program that has ended may still be on their way, longer where there is latency. */
const QUIET_MS = 100

/**
 * A Ceph gateway with one empty bucket, in memory, for one round of all tools: test/s3-server has it, because what counts requests there
 * counts them here. It is reached straight where there is to be no latency, since a relay on two cores would be one.
 */
export class BucketServer {
  readonly #rgw: Rgw
  readonly #client: S3
  readonly #relays = new Map<number, LatencyRelay>()

  private constructor(rgw: Rgw) {
    this.#rgw = rgw
    // The library says on every start that it will need a newer Node one day.
    process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
    this.#client = createClient(rgw)
  }

  /** Returns when the bucket is there. The caller stops it. Throws `library-missing` where Ceph is not installed. */
  static async start(latenciesMs: readonly number[]): Promise<BucketServer> {
    requireGateway()
    const server = new BucketServer(await startRgw())
    try {
      await server.#client.createBucket({Bucket: BUCKET})
      for (const latencyMs of latenciesMs.filter((value) => value > 0)) {
        server.#relays.set(latencyMs, await startLatencyRelay(new URL(server.#rgw.endpoint), latencyMs))
      }
      return server
    } catch (error) {
      await server.stop()
      throw error
    }
  }

  /** Where a tool finds its repository; each has a prefix of its own. */
  place(prefix: string, latencyMs: number): BucketPlace {
    const {endpoint, region, accessKeyId, secretAccessKey} = this.#rgw
    const relay = this.#relays.get(latencyMs)
    if (latencyMs > 0 && relay === undefined) throw new Error(`no relay of ${latencyMs} ms was asked for`)
    return {endpoint: relay?.endpoint ?? endpoint, region, bucket: BUCKET, prefix, accessKeyId, secretAccessKey}
  }

  /** Does `work`, and says what the gateway was asked for meanwhile, by whomever. */
  async counting<Result>(work: () => Promise<Result>): Promise<Result & {traffic: BucketTraffic}> {
    const before = await this.#rgw.requests()
    const result = await work()
    await sleep(QUIET_MS + Math.max(0, ...this.#relays.keys()))
    return {...result, traffic: trafficBetween(before, await this.#rgw.requests())}
  }

  /** The sum of the lengths of all objects below `prefix`. */
  async storedBytes(prefix: string): Promise<number> {
    let total = 0
    let token: string | undefined
    do {
      const page = await this.#client.listObjectsV2({Bucket: BUCKET, Prefix: `${prefix}/`, ContinuationToken: token})
      for (const {Size = 0} of page.Contents ?? []) total += Size
      token = page.NextContinuationToken
    } while (token !== undefined)
    return total
  }

  /** Ends the gateway, and what is in it. */
  async stop(): Promise<void> {
    this.#client.destroy()
    for (const relay of this.#relays.values()) await relay.close()
    await this.#rgw.stop()
  }
}

/** Throws `library-missing`, naming Debian's packages, where no gateway can be started. */
export function requireGateway(): void {
  if (hasCeph()) return
  throw new PocketError('library-missing', 'Ceph is not installed', {hint: `install Debian's packages '${PACKAGES.join(' ')}'`})
}
