import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {chmodSync, existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import test, {type ExecutionContext} from 'ava'
import {temporaryFolder} from '../backend/temporary-folder.js'
import {hasCeph} from './ceph-programs.js'
import {createClient} from './client.js'
import {startRgw} from './rgw.js'

/** The S3 server of the whole run may be another one: these need Ceph itself. */
const onCeph = hasCeph() ? test.serial : test.serial.skip
const WHERE_CEPH = hasCeph() ? '' : ' (only where Ceph is installed)'
const WITH_SERVER = fileURLToPath(new URL('with-server.js', import.meta.url))

onCeph(`Ceph: leaves no process and no file when stopped${WHERE_CEPH}`, async (t) => {
  const rgw = await startRgw()
  t.is(processesNaming(rgw.folder).length, 4, 'three daemons and their caretaker')
  await rgw.stop()
  t.deepEqual(processesNaming(rgw.folder), [])
  t.false(existsSync(rgw.folder))
  await t.notThrowsAsync(rgw.stop())
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  onCeph(`Ceph: leaves no process and no file when its user gets ${signal}${WHERE_CEPH}`, async (t) => {
    const [child, folder] = await startAsProgram(t)
    child.kill(signal)
    await once(child, 'exit')
    for (let left = 100; (processesNaming(folder).length > 0 || existsSync(folder)) && left > 0; left -= 1) await sleep(50)
    t.deepEqual(processesNaming(folder), [])
    t.false(existsSync(folder))
  })
}

onCeph(`Ceph: counts the requests of all clients by kind, with their bytes${WHERE_CEPH}`, async (t) => {
  const rgw = await startRgw()
  t.teardown(() => rgw.stop())
  const client = createClient(rgw)
  t.teardown(() => client.destroy())
  const [Bucket, Key] = ['bucket', 'key']
  await fetch(`${rgw.endpoint}/bucket`, {method: 'PUT'})
  await client.createBucket({Bucket})
  await client.putObject({Bucket, Key, Body: Buffer.alloc(5000)})
  const {Body} = await client.getObject({Bucket, Key, Range: 'bytes=0-1999'})
  await Body?.transformToByteArray()
  await client.listObjectsV2({Bucket})
  await client.deleteObject({Bucket, Key})
  const {PUT, GET, LIST, DELETE, ...others} = await rgw.requests()
  t.is(PUT?.requests, 3)
  t.true((PUT?.bytesIn ?? 0) >= 5000 && (PUT?.bytesIn ?? 0) < 6000)
  t.deepEqual(GET, {requests: 1, bytesIn: 0, bytesOut: 2000})
  t.is(LIST?.requests, 1)
  t.is(DELETE?.requests, 1)
  t.deepEqual(others, {})
})

onCeph(`Ceph: on a disk, keeps what was put when all its daemons are killed${WHERE_CEPH}`, async (t) => {
  const rgw = await startRgw({objectStore: 'bluestore', tls: true})
  t.teardown(() => rgw.stop())
  const client = createClient(rgw, {certificate: readFileSync(rgw.certificatePath as string)})
  t.teardown(() => client.destroy())
  await client.createBucket({Bucket: 'bucket'})
  await client.putObject({Bucket: 'bucket', Key: 'key', Body: 'bytes'})
  for (const daemon of ['osd', 'radosgw', 'mon'] as const) await rgw.kill(daemon)
  for (const daemon of ['mon', 'osd', 'radosgw'] as const) await rgw.restart(daemon)
  const {Body} = await client.getObject({Bucket: 'bucket', Key: 'key'})
  t.is(await Body?.transformToString(), 'bytes')
})

/** A program that has started a Ceph, with the folder that it runs in. */
async function startAsProgram(t: ExecutionContext): Promise<[ChildProcess, string]> {
  const parent = temporaryFolder(t)
  // Its processes may be those of another user.
  chmodSync(parent, 0o755)
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('POCKET_TEST_S3_'))
  const script = 'console.log(process.pid); setInterval(() => undefined, 1000)'
  const child = spawn(process.execPath, [WITH_SERVER, process.execPath, '-e', script], {
    env: {...Object.fromEntries(environment), TMPDIR: parent},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [commandId] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  // What it ran outlives it when it is killed.
  t.teardown(() => (commandLine(commandId.trim()).includes(script) ? process.kill(Number(commandId)) : undefined))
  const [name] = readdirSync(parent)
  return [child, join(parent, name)]
}

/** The processes that have `text` in their command lines. */
function processesNaming(text: string): string[] {
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && commandLine(id).includes(text))
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8')
  } catch (error) {
    // It has ended meanwhile.
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
