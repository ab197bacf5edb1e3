/** pocket watch: a line a snapshot, for people and for programs, and how it ends. */
import {readFileSync, writeFileSync} from 'node:fs'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ChildProcessWithoutNullStreams} from 'node:child_process'
import test, {type ExecutionContext} from 'ava'
import {createSnapshot, errorOf, type Home, createHome, type JsonObject, type Outcome} from './run-pocket.js'

interface Running {
  child: ChildProcessWithoutNullStreams
  ended: Promise<Outcome>
  /** Waits for an event, and gives it. */
  event: (is: (event: JsonObject) => boolean) => Promise<JsonObject>
}

function watch(home: Home, words: readonly string[]): Running {
  let child: ChildProcessWithoutNullStreams | undefined
  const lines: JsonObject[] = []
  const waiting: (() => void)[] = []
  let rest = ''
  const ended = home.run(['watch', '--json', ...words], {
    onStart: (started) => {
      child = started
      started.stdout.on('data', (text: string) => {
        const parts = (rest + text).split('\n')
        rest = parts.pop() as string
        lines.push(...parts.map((line) => JSON.parse(line) as JsonObject))
        for (const look of waiting.splice(0)) look()
      })
    },
  })
  let outcome: Outcome | undefined
  void ended.then((end) => {
    outcome = end
    for (const look of waiting.splice(0)) look()
  })
  const event = async (is: (event: JsonObject) => boolean): Promise<JsonObject> => {
    for (;;) {
      const place = lines.findIndex(is)
      if (place >= 0) return lines.splice(0, place + 1)[place]
      if (outcome) throw new Error(`the watch has ended: ${outcome.stderr}`)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  return {child: child!, ended, event}
}

async function prepare(t: ExecutionContext) {
  const home = await createHome(t)
  return {home, ...(await createSnapshot(home, {'folder/file': 'one', other: 'two'}))}
}

const isSnapshot = ({type}: JsonObject): boolean => type === 'snapshot'

test('watch: what changes is saved, and what has changed when it ends is saved, too', async (t) => {
  const {home, repository, source} = await prepare(t)
  const {child, ended, event} = watch(home, ['--repository', repository, '--quiet-for', '1s', source])
  const watching = await event(({type}) => type === 'watching')
  t.deepEqual(watching, {schema: 1, type: 'watching', paths: [source], exact: watching.exact})
  const first = await event(isSnapshot)
  t.deepEqual([first.reason, first.walk, first.unchanged, first.snapshot_id], ['start', 'all', true, null])
  writeFileSync(join(source, 'folder/file'), 'changed')
  const second = await event(isSnapshot)
  t.deepEqual(
    [second.reason, second.status, second.unchanged, second.summary.files],
    ['quiet', 'succeeded', false, {new: 0, changed: 1, unchanged: 1}],
  )
  t.is(second.walk, watching.exact ? 'touched' : 'all')
  writeFileSync(join(source, 'last'), 'last')
  child.kill('SIGTERM')
  const last = await event(isSnapshot)
  t.deepEqual([last.reason, last.summary.files.new], ['end', 1])
  const {code, stderr} = await ended
  t.is(code, 0, stderr)
  const target = join(home.path, 'target')
  await home.succeed(['restore', '--repository', repository, last.snapshot_id as string, '--target', target])
  t.is(readFileSync(join(target, 'folder/file'), 'utf8') + readFileSync(join(target, 'last'), 'utf8'), 'changedlast')
})

test('watch: a repository inside the watched folder does not trigger itself', async (t) => {
  const home = await createHome(t)
  const source = join(home.path, 'source')
  await mkdir(source)
  await writeFile(join(source, 'file'), 'one')
  const repository = join(source, 'repository')
  await home.succeed(['init', '--repository', repository, '--no-encryption'])
  const words = ['--repository', repository, '--cache-directory', join(source, 'cache'), '--quiet-for', '1s', source]
  const {child, ended, event} = watch(home, words)
  await event(isSnapshot)
  writeFileSync(join(source, 'file'), 'two')
  await event(isSnapshot)
  // What was made in the folder meanwhile may call for one more; each that called for another would go on for ever.
  await new Promise((resolve) => setTimeout(resolve, 2500))
  let more = ''
  child.stdout.on('data', (piece: Buffer) => (more += piece.toString('utf8')))
  await new Promise((resolve) => setTimeout(resolve, 3000))
  t.notRegex(more, /"type":"(taking|snapshot)"/)
  child.kill('SIGINT')
  const {code, stdout} = await ended
  t.is(code, 0, stdout)
})

test('watch: what is wrong from the beginning is said at once', async (t) => {
  const {home, repository, source} = await prepare(t)
  const lacking = await home.run(['watch', '--json', '--repository', repository, join(source, 'nothing')])
  t.deepEqual([lacking.code, errorOf(lacking).code], [1, 'path-missing'])
  const nowhere = await home.run(['watch', '--json', '--repository', join(home.path, 'nowhere'), source])
  t.deepEqual([nowhere.code, errorOf(nowhere).code], [10, 'repository-missing'])
  const odd = await home.run(['watch', '--json', '--repository', repository, '--quiet-for', 'soon', source])
  t.deepEqual([odd.code, errorOf(odd).code], [2, 'usage'])
})

test('watch: what cannot be stored is told, and so is the end that lacks it', async (t) => {
  const {home, repository, source} = await prepare(t)
  const {child, ended, event} = watch(home, ['--repository', repository, '--quiet-for', '1s', source])
  await event(isSnapshot)
  await rm(repository, {recursive: true})
  writeFileSync(join(source, 'other'), 'changed')
  const failed = await event(isSnapshot)
  t.deepEqual([failed.status, failed.snapshot_id, typeof failed.error.code], ['failed', null, 'string'])
  t.is((await event(({type}) => type === 'retry')).after_ms, 10_000)
  child.kill('SIGINT')
  t.is((await ended).code, 1)
})

test('watch: people get a line a snapshot', async (t) => {
  const {home, repository, source} = await prepare(t)
  const run = home.run(['watch', '--repository', repository, '--quiet-for', '1s', source], {
    onStart: (child) => {
      child.stdout.once('data', () => {
        writeFileSync(join(source, 'other'), 'changed')
        child.stdout.once('data', () => child.kill('SIGINT'))
      })
    },
  })
  const {code, stdout, stderr} = await run
  t.is(code, 0)
  t.regex(
    stdout,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}nothing has changed since the last snapshot\n.*snapshot [0-9a-f]{8} saved: 0 new and 1 changed file, \d+ B added in [0-9.]+ s\n$/,
  )
  t.regex(stderr, /^pocket: watching '.*'; Ctrl-C ends it\nending: /)
})

test('snapshot --skip-if-unchanged: nothing is saved when nothing has changed', async (t) => {
  const {home, repository, source} = await prepare(t)
  const words = ['snapshot', '--skip-if-unchanged', '--repository', repository, source]
  const {stdout} = await home.succeed(words)
  t.regex(stdout, /nothing has changed since snapshot [0-9a-f]{8}: none was saved\n$/)
  writeFileSync(join(source, 'other'), 'changed')
  const summary = (await home.json(words)).at(-1)
  t.deepEqual([summary?.unchanged, typeof summary?.snapshot_id], [false, 'string'])
})

test('watch -P: every snapshot is a run of the profile, with its hooks and in its journal', async (t) => {
  const {home, repository, source} = await prepare(t)
  const config = join(home.path, 'config.toml')
  await writeFile(
    config,
    `[profiles.work]
paths = ["${source}"]
exclude = ["*.tmp"]
prune = false
check = false
[profiles.work.repository]
location = "${repository}"
[profiles.work.watch]
quiet = "1s"
[profiles.work.hooks]
after = ["echo $POCKET_SNAPSHOT_ID >> ${home.path}/hook"]
`,
  )
  const {child, ended, event} = watch(home, ['--config', config, '-P', 'work'])
  await event(isSnapshot)
  writeFileSync(join(source, 'left.tmp'), 'left out')
  writeFileSync(join(source, 'other'), 'changed')
  const saved = await event(isSnapshot)
  t.deepEqual([saved.reason, saved.status, saved.summary.files], ['quiet', 'succeeded', {new: 0, changed: 1, unchanged: 1}])
  child.kill('SIGINT')
  const {code, stderr} = await ended
  t.is(code, 0, stderr)
  t.true(readFileSync(join(home.path, 'hook'), 'utf8').includes(saved.snapshot_id as string))
  const [{runs}] = await home.json(['runs', '-P', 'work'])
  t.true(
    (runs as JsonObject[]).some(({id, trigger}) => id === saved.run_id && trigger === 'watch'),
    JSON.stringify(runs).slice(0, 500),
  )
})
