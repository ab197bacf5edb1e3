/**
 * The package as it would be published: packed, installed into an empty prefix, run with an empty home on every Node that is supported. What
 * the tests of single parts cannot see shows here: a file missing from the tarball, a dependency that is only there for development.
 */
import {execFile} from 'node:child_process'
import {cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import test, {type ExecutionContext} from 'ava'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const NODES = [20, 22, 24, 26]

interface Installed {
  /** The folder that npm installed into. */
  prefix: string
  program: string
  work: string
}

interface Fixture {
  installed?: Installed
  /** Why there is nothing to test. */
  failure?: string
  hasAddon?: boolean
}

const fixture: Fixture = {}
const work = await mkdtemp(join(tmpdir(), 'pocket-package-'))

test.serial.before(async (t) => {
  t.timeout(180_000)
  try {
    fixture.installed = await install()
  } catch (error) {
    fixture.failure = error instanceof Error ? error.message : String(error)
  }
})

test.after.always(() => rm(work, {recursive: true, force: true}))

/** Packs what has been built, and installs it as a user would, without scripts: whether they run differs from npm to npm. */
async function install(): Promise<Installed> {
  const prefix = join(work, 'prefix')
  await mkdir(prefix)
  await npm(['pack', '--ignore-scripts', '--pack-destination', work], ROOT)
  const tarball = (await readdir(work)).find((name) => name.endsWith('.tgz')) as string
  const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline']
  await npm(['install', ...flags, '--prefix', prefix, join(work, tarball)], prefix)
  return {prefix, work, program: join(prefix, 'node_modules/pocket/bin/pocket.js')}
}

function npm(words: readonly string[], directory: string): Promise<{stdout: string}> {
  return run('npm', [...words, '--loglevel=error'], {cwd: directory, shell: process.platform === 'win32'})
}

/** The path of a Node of this major version: the one that runs this test, or one fetched by npm. */
async function findNode(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const words = ['-y', '--prefer-offline', '-p', `node@${major}`, 'node', '-p', 'process.execPath']
  const {stdout} = await run('npx', words, {cwd: work, shell: process.platform === 'win32'})
  return stdout.trim()
}

/** A test of what was installed, on one Node; it passes with a loud word when npm cannot fetch what it takes. */
function installedTest(
  title: string,
  major: number,
  body: (t: ExecutionContext, node: string, installed: Installed) => Promise<void>,
): void {
  test.serial(title, async (t) => {
    t.timeout(120_000)
    const {installed, failure} = fixture
    if (installed === undefined) return skip(t, `the package could not be installed: ${failure}`)
    const node = await findNode(major).catch((error: Error) => error)
    if (node instanceof Error) return skip(t, `npm could not fetch Node ${major}: ${node.message}`)
    await body(t, node, installed)
  })
}

function skip(t: ExecutionContext, reason: string): void {
  t.log(`SKIPPED: ${reason}`)
  t.pass()
}

/** Saves a folder and restores it, all in an empty home. */
async function roundTrip(t: ExecutionContext, node: string, {work: directory, program}: Installed): Promise<void> {
  const home = await mkdtemp(join(directory, 'home-'))
  const pocket = (...words: string[]): Promise<{stdout: string}> =>
    run(node, [program, ...words], {cwd: home, env: {PATH: process.env.PATH, HOME: home, USERPROFILE: home}})
  await mkdir(join(home, 'source/folder'), {recursive: true})
  const text = 'what is saved is what is restored\n'.repeat(10_000)
  await writeFile(join(home, 'source/folder/text'), text)
  t.regex((await pocket('--version')).stdout, /^pocket \d+\.\d+\.\d+\n$/)
  t.regex((await pocket('snapshot', 'source')).stdout, /\nsnapshot [0-9a-f]{8} saved\n$/)
  await pocket('restore', 'latest', '--target', 'restored')
  t.is(await readFile(join(home, 'restored/folder/text'), 'utf8'), text)
  t.is(JSON.parse((await pocket('list', '--json')).stdout).snapshots.length, 1)
  t.regex((await pocket('help', 'snapshot')).stdout, /EXAMPLES/)
}

installedTest(
  'package: it holds the program and no tests, and needs no dependency of development',
  process.versions.node.split('.').map(Number)[0],
  async (t, _node, {prefix}) => {
    const modules = await readdir(join(prefix, 'node_modules'))
    for (const name of ['typescript', 'ava', 'assemblyscript', 'oclif', 'fast-check']) t.false(modules.includes(name), name)
    const folder = join(prefix, 'node_modules/pocket')
    for (const name of [
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'oclif.manifest.json',
      'dist/src/chunker/fastcdc.wasm',
      'dist/src/index.d.ts',
    ]) {
      t.true((await stat(join(folder, name))).size > 0, name)
    }
    t.deepEqual(await readdir(join(folder, 'dist')), ['src'])
  },
)

// Node 20 has no zstd either: there it is WebAssembly that compresses.
for (const major of NODES) {
  installedTest(`package: it saves and restores on Node ${major}, without the zstd addon`, major, roundTrip)
}

test.serial('package: the zstd addon is put where its install script would build it', async (t) => {
  const {installed, failure} = fixture
  if (installed === undefined) return skip(t, `the package could not be installed: ${failure}`)
  const addon = 'node_modules/zstd-napi/build'
  const built = await stat(join(ROOT, addon)).catch((error: Error) => error)
  if (built instanceof Error) return skip(t, `no zstd addon has been built here: ${built.message}`)
  await cp(join(ROOT, addon), join(installed.prefix, addon), {recursive: true})
  fixture.hasAddon = true
  t.true((await readdir(join(installed.prefix, addon))).length > 0)
})

for (const major of NODES) {
  installedTest(`package: it saves and restores on Node ${major}, with the zstd addon`, major, async (t, node, installed) => {
    if (fixture.hasAddon) await roundTrip(t, node, installed)
    else skip(t, 'no zstd addon has been built here')
  })
}

installedTest('package: another program can import it', 20, async (t, node, {prefix}) => {
  const script =
    "import('pocket').then(({openRepository, takeSnapshot, restoreSnapshot}) => console.log([openRepository, takeSnapshot, restoreSnapshot].map((f) => typeof f).join()))"
  const {stdout} = await run(node, ['-e', script], {cwd: prefix})
  t.is(stdout, 'function,function,function\n')
})

test('package-lock.json: it knows the packages of every platform, not only of the one it was written on', async (t) => {
  const {packages} = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {packages: Record<string, LockedPackage>}
  for (const {optionalDependencies = {}} of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const isOfOnePlatform = /^\d/.test(version)
      if (isOfOnePlatform) t.is(packages[`node_modules/${name}`]?.version, version, name)
    }
  }
})

interface LockedPackage {
  version?: string
  optionalDependencies?: Record<string, string>
}
