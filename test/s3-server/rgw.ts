/**
 * A real Ceph of one monitor, one disk and one S3 gateway on this machine, for tests and benchmarks. It needs Debian's
 * packages `radosgw ceph-mon ceph-osd ceph-common`, runs in a temporary folder as an ordinary user, and ends with this
 * process at the latest. There is no manager: nothing here needs one.
 */
import {randomBytes, randomUUID} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {chown, readFile, stat, writeFile} from 'node:fs/promises'
import {get as httpGet} from 'node:http'
import {get as httpsGet} from 'node:https'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {type CephLayout, configText, KMS_KEY_ID, keyringText} from './ceph-config.js'
import {requireCeph} from './ceph-programs.js'
import {makeCertificate} from './certificate.js'
import {freePort} from './free-port.js'
import {countRequests, type RequestCounts} from './gateway-log.js'
import {ProcessGroup} from './process-group.js'

const DAEMONS = ['mon', 'osd', 'radosgw'] as const
export type Daemon = (typeof DAEMONS)[number]

export interface RgwOptions {
  /** `memstore`, in memory, unless told; only what `bluestore` holds outlives `kill('osd')`. */
  objectStore?: 'memstore' | 'bluestore'
  /** Speaks TLS with a certificate of its own, `certificatePath`. */
  tls?: boolean
  /** Storage classes that it knows beside STANDARD; each makes the start 0.15 s longer. */
  storageClasses?: readonly string[]
}

export interface S3User {
  accessKeyId: string
  secretAccessKey: string
  /** The user's name in a bucket policy. */
  arn: string
}

/** How long a start may take on a busy machine. */
const PATIENCE_MS = 60_000
const POLL_MS = 20
const OWN_AGENT = 'pocket-test-probe'

/** Starts it and returns when it answers. Throws, naming the packages, where Ceph is not installed. */
export async function startRgw(options: RgwOptions = {}): Promise<Rgw> {
  requireCeph()
  const group = await ProcessGroup.create('pocket-rgw-')
  try {
    const rgw = new Rgw(group, await writeFiles(group, options))
    await rgw.start(options.storageClasses ?? [])
    return rgw
  } catch (error) {
    await group.stop()
    throw error
  }
}

export class Rgw {
  readonly endpoint: string
  readonly region = 'us-east-1'
  /** A key of its own key service, for objects put with `aws:kms`. */
  readonly kmsKeyId = KMS_KEY_ID
  /** What a client must trust, when it speaks TLS. */
  readonly certificatePath: string | undefined
  /** Where it keeps everything; gone after `stop`. */
  readonly folder: string
  readonly #group: ProcessGroup
  readonly #layout: CephLayout
  #user: S3User | undefined

  constructor(group: ProcessGroup, layout: CephLayout) {
    this.#group = group
    this.#layout = layout
    this.folder = group.folder
    this.endpoint = `${layout.tls === undefined ? 'http' : 'https'}://127.0.0.1:${layout.gatewayPort}`
    this.certificatePath = layout.tls?.certificatePath
  }

  get accessKeyId(): string {
    return this.#firstUser.accessKeyId
  }

  get secretAccessKey(): string {
    return this.#firstUser.secretAccessKey
  }

  get processIds(): Record<string, number> {
    return this.#group.processIds()
  }

  /** Called once, by `startRgw`. */
  async start(storageClasses: readonly string[]): Promise<void> {
    await makeStores(this.#group, this.#layout)
    this.#startDaemon('mon')
    await this.#startDisk()
    // The first user's making makes the zone, too.
    this.#user = await this.createUser('tester')
    for (const name of storageClasses) await this.#addStorageClass(name)
    this.#startDaemon('radosgw')
    await this.#untilAnswering()
  }

  /** Makes a user, who may make buckets and sees nothing of other users'. */
  async createUser(name: string): Promise<S3User> {
    const accessKeyId = randomBytes(10).toString('hex').toUpperCase()
    const secretAccessKey = randomBytes(20).toString('hex')
    const keys = ['--access-key', accessKeyId, '--secret', secretAccessKey]
    await this.#admin(['user', 'create', '--uid', name, '--display-name', name, ...keys])
    return {accessKeyId, secretAccessKey, arn: `arn:aws:iam:::user/${name}`}
  }

  /** Every request since the start, of any client, as the gateway itself logged them. */
  async requests(): Promise<RequestCounts> {
    // A line is written after its answer has gone out, and lines keep their order: when this request's line is there, so are all before it.
    const agent = `${OWN_AGENT}-${randomUUID()}`
    await this.#request(agent)
    let log = ''
    await this.#until('the gateway to log a request', async () => (log = await this.#log('client.rgw')).includes(agent))
    return countRequests(log, OWN_AGENT)
  }

  /** Kills a daemon with SIGKILL, and returns when it is gone. */
  async kill(daemon: Daemon): Promise<void> {
    await this.#group.kill(daemon)
  }

  /** Starts a daemon again that was killed. Once all are there again, it returns when the gateway answers and objects can be read. */
  async restart(daemon: Daemon): Promise<void> {
    if (daemon === 'osd' && this.#layout.objectStore === 'memstore') throw new Error('a memstore is lost with its process: use bluestore')
    if (daemon === 'osd' && 'mon' in this.processIds) await this.#startDisk()
    else this.#startDaemon(daemon)
    if (Object.keys(this.processIds).length < DAEMONS.length) return
    await this.#untilAnswering()
    await this.#admin(['user', 'list'])
  }

  /** Ends all its processes and removes its folder; a second call does nothing. */
  async stop(): Promise<void> {
    await this.#group.stop()
  }

  get #firstUser(): S3User {
    if (this.#user === undefined) throw new Error('not started')
    return this.#user
  }

  #startDaemon(daemon: Daemon): void {
    const common = ['-c', join(this.folder, 'ceph.conf'), '--no-mon-config', '-f']
    if (daemon === 'radosgw') this.#group.start(daemon, 'radosgw', [...common, '-n', 'client.rgw'])
    else this.#group.start(daemon, `ceph-${daemon}`, [...common, '-i', daemon === 'mon' ? 'a' : '0'])
  }

  /** Returns when the disk has joined: a client that comes earlier asks again only after five seconds. */
  async #startDisk(): Promise<void> {
    const timesJoined = async (): Promise<number> => (await this.#log('osd.0')).split('state: booting -> active').length
    const before = await timesJoined()
    this.#startDaemon('osd')
    await this.#until('the disk to join', async () => (await timesJoined()) > before)
  }

  #untilAnswering(): Promise<void> {
    return this.#until('the gateway to answer', async () => {
      try {
        await this.#request(OWN_AGENT)
        return true
      } catch (error) {
        if (error instanceof Error && 'code' in error) return false
        throw error
      }
    })
  }

  /** Throws when a daemon has ended by itself, or it takes too long. */
  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; !(await isSo()); await sleep(POLL_MS)) {
      await this.#group.checkRunning()
      if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    }
  }

  async #log(name: 'osd.0' | 'client.rgw'): Promise<string> {
    const path = join(this.folder, `${name}.log`)
    return existsSync(path) ? readFile(path, 'utf8') : ''
  }

  /** Asks for nothing in particular, as nobody, and waits for the answer. */
  #request(agent: string): Promise<void> {
    const options = {agent: false as const, headers: {'user-agent': agent}, timeout: PATIENCE_MS}
    return new Promise((resolve, reject) => {
      const request =
        this.certificatePath === undefined
          ? httpGet(this.endpoint, options)
          : httpsGet(this.endpoint, {...options, ca: readFileSync(this.certificatePath)})
      request.on('error', reject)
      request.on('timeout', () => request.destroy(new Error('the gateway does not answer')))
      request.on('response', (response) => response.resume().on('end', resolve).on('error', reject))
    })
  }

  async #addStorageClass(name: string): Promise<void> {
    const placement = ['--placement-id', 'default-placement', '--storage-class', name]
    await this.#admin(['zonegroup', 'placement', 'add', '--rgw-zonegroup', 'default', ...placement])
    await this.#admin(['zone', 'placement', 'add', '--rgw-zone', 'default', ...placement, '--data-pool', 'default.rgw.other.data'])
  }

  /** Runs `radosgw-admin`, which waits until the disk is there; fails at once when a daemon has ended. */
  async #admin(words: readonly string[]): Promise<void> {
    const done = new AbortController()
    const watch = async (): Promise<never> => {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(POLL_MS, undefined, {signal: done.signal})) {
        await this.#group.checkRunning()
      }
      throw new Error(`radosgw-admin ${words.slice(0, 2).join(' ')} takes too long`)
    }
    const common = ['-c', join(this.folder, 'ceph.conf'), '--no-mon-config', '-n', 'client.rgw']
    try {
      await Promise.race([this.#group.run('radosgw-admin', [...common, ...words]), watch()])
    } finally {
      done.abort()
    }
  }
}

async function writeFiles(group: ProcessGroup, {objectStore = 'memstore', tls = false}: RgwOptions): Promise<CephLayout> {
  for (const name of ['mon', 'osd', 'run']) group.makeFolder(name)
  const layout: CephLayout = {
    folder: group.folder,
    clusterId: randomUUID(),
    monitorPort: await freePort(),
    gatewayPort: await freePort(),
    objectStore,
    tls: tls ? await makeCertificate(group) : undefined,
  }
  await writeFile(join(group.folder, 'ceph.conf'), configText(layout))
  // The monitor's store takes it over with its owner and mode.
  const keyring = join(group.folder, 'keyring')
  const secretKey = await group.run('ceph-authtool', ['--gen-print-key'])
  await writeFile(keyring, keyringText(secretKey.trim()), {mode: 0o600})
  const {uid, gid} = await stat(group.folder)
  await chown(keyring, uid, gid)
  return layout
}

/** Makes the empty stores of the monitor and of the disk, each by its own program. */
async function makeStores(group: ProcessGroup, {folder, clusterId, monitorPort}: CephLayout): Promise<void> {
  const common = ['-c', join(folder, 'ceph.conf'), '--no-mon-config', '--mkfs']
  const makeMonitor = async (): Promise<void> => {
    const address = `[v2:127.0.0.1:${monitorPort}/0]`
    await group.run('monmaptool', ['--create', '--fsid', clusterId, '--addv', 'a', address, join(folder, 'monmap')])
    await group.run('osdmaptool', ['--createsimple', '1', join(folder, 'osdmap')])
    const maps = ['--monmap', join(folder, 'monmap'), '--osdmap', join(folder, 'osdmap'), '--keyring', join(folder, 'keyring')]
    await group.run('ceph-mon', [...common, '-i', 'a', ...maps])
  }
  const makeDisk = (): Promise<string> => group.run('ceph-osd', [...common, '-i', '0', '--osd-uuid', randomUUID()])
  await Promise.all([makeMonitor(), makeDisk()])
}
