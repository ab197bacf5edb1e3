import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {randomContent, replaceFile} from '../operations/content.js'
import {createHome, errorOf, type Home, type JsonObject, type Outcome, type RunOptions} from './run-pocket.js'

interface DrillHome extends Home {
  source: string
  repository: string
  /** In which drills make their folders. */
  temporary: string
  options: RunOptions & {environment: Record<string, string>}
}

/** A repository with a snapshot of a profile `home`, of files of `sizes` bytes. */
async function createDrillHome(t: ExecutionContext, sizes: readonly number[]): Promise<DrillHome> {
  const home = await createHome(t)
  const [source, repository, temporary] = ['source', 'repository', 'temporary'].map((name) => join(home.path, name))
  for (const folder of [source, temporary]) mkdirSync(folder)
  for (const [number, size] of sizes.entries()) writeFileSync(join(source, `file-${number}`), randomContent(number, size))
  const config = join(home.path, 'config.toml')
  writeFileSync(
    config,
    `[repository]\nlocation = "${repository}"\n[profiles.home]\npaths = ["${source}"]\nschedules.proof = {every = "7d", task = "drill"}\n`,
  )
  const environment = {POCKET_STATE_DIRECTORY: join(home.path, 'state'), POCKET_CONFIG: config}
  const options = {environment}
  await home.succeed(['init', '--repository', repository, '--no-encryption'], options)
  await home.succeed(['snapshot', '-P', 'home'], options)
  return {...home, source, repository, temporary, options}
}

const linesOf = ({stdout}: Outcome): JsonObject[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)

/** Spoils a byte in each pack of data. */
function spoilPacks({repository}: DrillHome): void {
  const folder = join(repository, 'chunks')
  for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'})) {
    const path = join(folder, name)
    const bytes = /[0-9a-f]{64}$/.test(name) ? readFileSync(path) : undefined
    if (bytes === undefined || bytes.length < 50_000) continue
    bytes[20_000] ^= 1
    replaceFile(path, bytes)
  }
}

test('drill: tells what was proven, as text and as JSON, and leaves no folder', async (t) => {
  const home = await createDrillHome(t, [50_000, 0, 7])
  const {stdout} = await home.succeed(['drill', '--target', home.temporary], home.options)
  t.regex(stdout, /^drilled 3 files \(48\.8 KiB\) of 1 snapshot in /m)
  t.regex(stdout, /^proven {2}100% of the repository in the last 90 d /m)
  t.regex(stdout, /^every file came back as it was$/m)
  const lines = linesOf(await home.succeed(['drill', '--json', '--target', home.temporary, 'latest'], home.options))
  t.deepEqual(Object.keys(lines[0]), ['schema', 'type', 'files', 'total_files', 'bytes', 'elapsed_ms'])
  t.like(lines.at(-1), {type: 'summary', files: 3, bytes: 50_007, damaged_objects: 0, damaged_paths: 0, rotten: 0, proven_share: 1})
  t.deepEqual(readdirSync(home.temporary), [])
})

test('drill: every field of the JSON is documented', async (t) => {
  const home = await createDrillHome(t, [50_000])
  const page = readFileSync(new URL('../../../docs/scripting.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('### `drill`'), page.indexOf('### `repair from`'))
  spoilPacks(home)
  const lines = linesOf(await home.run(['drill', '--json', '--target', home.temporary], home.options))
  t.deepEqual([...new Set(lines.map(({type}) => type as string))].sort(), ['damaged_object', 'damaged_path', 'progress', 'summary'])
  for (const line of lines) {
    const row = section.split('\n').find((text) => text.startsWith(`| \`${line.type}\` |`)) ?? ''
    for (const field of Object.keys(line)) {
      if (field !== 'schema' && field !== 'type') t.true(row.includes(`\`${field}\``), `${line.type}: ${field}`)
    }
  }
})

test('drill: damage ends with exit code 4 and names pack and file', async (t) => {
  const home = await createDrillHome(t, [60_000])
  spoilPacks(home)
  const {code, stderr} = await home.run(['drill', '--target', home.temporary], home.options)
  t.is(code, 4)
  t.regex(stderr, /^pocket: damaged: .*pack '[0-9a-f]{8}'/m)
  t.regex(stderr, /^pocket: '.*source\/file-0' in snapshot [0-9a-f]{8}: /m)
  t.deepEqual(readdirSync(home.temporary), [])
})

test('drill: of a profile, it is in the journal, and the status shows the share that was proven', async (t) => {
  const home = await createDrillHome(t, [60_000])
  const shareIn = async (): Promise<unknown> => (await home.json(['status'], home.options))[0].profiles[0].proven_share
  t.is(await shareIn(), null)
  await home.succeed(['drill', '-P', 'home', '--target', home.temporary], home.options)
  t.is(await shareIn(), 1)
  const [{runs}] = await home.json(['runs'], home.options)
  t.like(runs.at(-1), {profile: 'home', trigger: 'manual', status: 'succeeded', steps: [{step: 'drill', outcome: 'done'}]})
})

test('drill: a schedule of the task does it, and what is damaged is in the journal', async (t) => {
  const home = await createDrillHome(t, [60_000])
  await home.succeed(['schedule', 'run', 'proof'], home.options)
  spoilPacks(home)
  const {code} = await home.run(['schedule', 'run', 'proof'], home.options)
  t.is(code, 4)
  const [{runs}] = await home.json(['runs'], home.options)
  t.like(runs.at(-1), {trigger: 'schedule', schedule: 'proof', status: 'damaged', steps: [{step: 'drill', outcome: 'damaged'}]})
  t.like(runs.at(-2), {status: 'succeeded', steps: [{step: 'drill', outcome: 'done'}]})
  const [{events}] = await home.json(['runs', runs.at(-1).id], home.options)
  t.true((events as JsonObject[]).some(({type, part, message}) => type === 'warning' && part === 'drill' && message.includes('file-0')))
})

/** Runs a drill of large files, and sends `signal` when its folder is there. */
async function signalled(home: DrillHome, signal: NodeJS.Signals, words: readonly string[] = []): Promise<Outcome> {
  return home.run(['drill', '--json', '--target', home.temporary, ...words], {
    ...home.options,
    onStart: (child) => {
      const send = async (): Promise<void> => {
        while (child.exitCode === null && readdirSync(home.temporary).length === 0) await setTimeout(2)
        child.kill(signal)
      }
      void send()
    },
  })
}

test('drill: interrupted, it leaves no folder and ends with 130', async (t) => {
  const home = await createDrillHome(t, [30_000_000, 30_000_000])
  const outcome = await signalled(home, 'SIGINT')
  t.is(outcome.code, 130)
  t.is(errorOf(outcome).code, 'interrupted')
  t.deepEqual(readdirSync(home.temporary), [])
})

test('drill: of a profile, interrupted, it is in the journal as that', async (t) => {
  const home = await createDrillHome(t, [30_000_000, 30_000_000])
  const outcome = await signalled(home, 'SIGTERM', ['-P', 'home'])
  t.is(outcome.code, 130)
  t.deepEqual(readdirSync(home.temporary), [])
  const [{runs}] = await home.json(['runs'], home.options)
  t.like(runs.at(-1), {status: 'interrupted', steps: [{step: 'drill', outcome: 'failed'}]})
})

test('drill: the folder of one that was killed is removed by the next, wherever that restores to', async (t) => {
  const home = await createDrillHome(t, [30_000_000, 30_000_000])
  t.is((await signalled(home, 'SIGKILL')).code, null)
  t.is(readdirSync(home.temporary).length, 1)
  const other = join(home.path, 'other')
  mkdirSync(other)
  writeFileSync(join(home.temporary, 'pocket-drill-of somebody else'), '')
  await home.succeed(['drill', '--files', '1', '--target', other], home.options)
  t.deepEqual(readdirSync(home.temporary), ['pocket-drill-of somebody else'])
  t.deepEqual(readdirSync(other), [])
})
