/** Imports in src/ go down only, as the table "Layers" of the design says, and each library has its room. */
import {readdirSync, readFileSync} from 'node:fs'
import {join, posix, relative, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import test from 'ava'
import {namedModules, type NamedModule} from './imports.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const LEAVES = ['util', 'errors.ts', 'id.ts']
const TOOLS = [...LEAVES, 'chunker', 'compression', 'crypto']
const BELOW_REPOSITORY = [...TOOLS, 'format', 'backend']
const BELOW_ENGINE = [...BELOW_REPOSITORY, 'repository', 'filesystem', 'snapshot']
const BELOW_OPERATIONS = [...BELOW_ENGINE, 'engine']
/** What runs by themselves stand on, each knowing nothing of the others nor of repositories. */
const UNATTENDED = ['schedule', 'machine', 'journal', 'alarm', 'watch']

/** What each room may import besides itself. `operations` stands in the last rows only. */
const LAYERS: Record<string, readonly string[]> = {
  util: LEAVES,
  'errors.ts': [],
  'id.ts': LEAVES,
  chunker: LEAVES,
  compression: LEAVES,
  crypto: LEAVES,
  format: LEAVES,
  backend: LEAVES,
  repository: BELOW_REPOSITORY,
  filesystem: [...LEAVES, 'format'],
  snapshot: [...LEAVES, 'format'],
  engine: BELOW_ENGINE,
  operations: BELOW_OPERATIONS,
  server: [...LEAVES, 'backend'],
  schedule: LEAVES,
  machine: [...LEAVES, 'schedule'],
  journal: LEAVES,
  alarm: LEAVES,
  watch: LEAVES,
  automation: [...LEAVES, ...UNATTENDED, 'operations'],
  cli: [...LEAVES, ...UNATTENDED, 'operations', 'automation'],
  commands: [...LEAVES, ...UNATTENDED, 'operations', 'automation', 'cli'],
  'index.ts': [...BELOW_OPERATIONS, 'operations'],
}

interface Library {
  rooms: readonly string[]
  /** Whether it may only be loaded when it is needed, so that nobody else pays for it. */
  isLazy?: true
}

/** A library that is in no row may not be imported: each has one room, and whoever adds one says which. */
const LIBRARIES: Record<string, Library> = {
  '@napi-rs/blake-hash': {rooms: ['crypto']},
  '@noble/hashes': {rooms: ['crypto']},
  'zstd-napi': {rooms: ['compression']},
  '@bokuweb/zstd-wasm': {rooms: ['compression'], isLazy: true},
  msgpackr: {rooms: ['format']},
  koffi: {rooms: ['filesystem', 'watch'], isLazy: true},
  ignore: {rooms: ['filesystem'], isLazy: true},
  'env-paths': {rooms: ['cli']},
  '@oclif/core': {rooms: ['cli', 'commands']},
  '@inquirer/prompts': {rooms: ['cli'], isLazy: true},
  '@aws-sdk/client-s3': {rooms: ['backend'], isLazy: true},
  '@smithy/node-http-handler': {rooms: ['backend'], isLazy: true},
  'smol-toml': {rooms: ['cli'], isLazy: true},
  croner: {rooms: ['schedule'], isLazy: true},
  nodemailer: {rooms: ['alarm'], isLazy: true},
  '@parcel/watcher': {rooms: ['watch'], isLazy: true},
  undici: {rooms: ['backend'], isLazy: true},
}

interface SourceFile {
  /** Below src/, with `/`: `backend/local.ts`. */
  path: string
  text: string
}

/** What is wrong with the imports of `files`, one line for each. */
function violations(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map(({path}) => path))
  return files.flatMap(({path, text}) =>
    namedModules(text).flatMap((named) => {
      const wrong = named.specifier.startsWith('.') ? wrongFile(path, named, paths) : wrongLibrary(path, named)
      return wrong === undefined ? [] : [`${path}: '${named.specifier}' ${wrong}`]
    }),
  )
}

function wrongFile(path: string, {specifier, kind}: NamedModule, paths: ReadonlySet<string>): string | undefined {
  const target = posix.join(posix.dirname(path), specifier)
  // The compiled modules of other languages, and files that are read, are data.
  if (kind === 'worker' && !target.endsWith('.js')) return undefined
  const source = target.replace(/\.js$/, '.ts')
  if (!specifier.endsWith('.js')) return 'does not end in .js'
  if (target.startsWith('..')) return 'is outside src'
  if (!paths.has(source)) return 'is not there'
  const [from, to] = [roomOf(path), roomOf(source)]
  if (from === to) return undefined
  if (LAYERS[from] === undefined) return `is imported by '${from}', which is no layer of the design`
  return LAYERS[from].includes(to) ? undefined : `is in '${to}', which '${from}' may not import`
}

function wrongLibrary(path: string, {specifier, kind}: NamedModule): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  const library = LIBRARIES[name]
  if (library === undefined) return 'is a library without a room'
  if (!library.rooms.includes(roomOf(path))) return `belongs in ${library.rooms.join(', ')}`
  if (library.isLazy && kind === 'static') return 'must be loaded where it is used'
  return undefined
}

function roomOf(path: string): string {
  return path.split('/')[0]
}

function sourceFiles(): SourceFile[] {
  const folder = join(ROOT, 'src')
  return readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && !path.startsWith('chunker/assembly/'))
    .map((path) => ({path, text: readFileSync(join(folder, path), 'utf8')}))
}

test('layers: imports in src go down only, and libraries stay in their rooms', (t) => {
  const files = sourceFiles()
  t.true(files.length > 20, relative(ROOT, 'src'))
  t.deepEqual(violations(files), [])
})

test('layers: every file of src is in a layer', (t) => {
  const strays = sourceFiles().filter(({path}) => LAYERS[roomOf(path)] === undefined)
  t.deepEqual(
    strays.map(({path}) => path),
    [],
  )
})

test('layers: every library with a room that is used is a dependency of the package', (t) => {
  const {dependencies, optionalDependencies} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const declared = Object.keys({...dependencies, ...optionalDependencies})
  const used = sourceFiles().flatMap(({text}) => namedModules(text).map(({specifier}) => specifier))
  for (const name of Object.keys(LIBRARIES)) {
    if (used.some((specifier) => specifier === name || specifier.startsWith(`${name}/`))) t.true(declared.includes(name), name)
  }
})

/** Sources that each break one rule, with the answer they must get. */
const WRONG: [path: string, text: string, answer: string][] = [
  ['backend/a.ts', "import {x} from '../repository/b.js'", "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  ['backend/a.ts', "import type {X} from '../repository/b.js'", "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  ['backend/a.ts', "export {x} from '../repository/b.js'", "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  ['backend/a.ts', "export * from '../repository/b.js'", "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  ['backend/a.ts', "import '../repository/b.js'", "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  [
    'backend/a.ts',
    "const {x} = await import('../repository/b.js')",
    "'../repository/b.js' is in 'repository', which 'backend' may not import",
  ],
  [
    'backend/a.ts',
    "type X = typeof import('../repository/b.js')",
    "'../repository/b.js' is in 'repository', which 'backend' may not import",
  ],
  [
    'backend/a.ts',
    "new Worker(new URL('../repository/b.js', import.meta.url))",
    "'../repository/b.js' is in 'repository', which 'backend' may not import",
  ],
  [
    'backend/a.ts',
    "import {\n  x,\n  y,\n} from\n  '../repository/b.js'",
    "'../repository/b.js' is in 'repository', which 'backend' may not import",
  ],
  ['backend/a.ts', 'import {x} from "../repository/b.js"', "'../repository/b.js' is in 'repository', which 'backend' may not import"],
  ['backend/a.ts', "import {hash} from '../crypto/b.js'", "'../crypto/b.js' is in 'crypto', which 'backend' may not import"],
  ['engine/a.ts', "import {x} from '../operations/b.js'", "'../operations/b.js' is in 'operations', which 'engine' may not import"],
  ['server/a.ts', "import {x} from '../operations/b.js'", "'../operations/b.js' is in 'operations', which 'server' may not import"],
  ['cli/a.ts', "import {x} from '../engine/b.js'", "'../engine/b.js' is in 'engine', which 'cli' may not import"],
  ['cli/a.ts', "import {x} from '../commands/b.js'", "'../commands/b.js' is in 'commands', which 'cli' may not import"],
  ['util/a.ts', "import {x} from '../backend/b.js'", "'../backend/b.js' is in 'backend', which 'util' may not import"],
  ['errors.ts', "import {x} from './util/b.js'", "'./util/b.js' is in 'util', which 'errors.ts' may not import"],
  ['managers/a.ts', "import {x} from '../util/b.js'", "'../util/b.js' is imported by 'managers', which is no layer of the design"],
  ['backend/a.ts', "import {x} from '../../test/b.js'", "'../../test/b.js' is outside src"],
  ['backend/a.ts', "import {x} from './gone.js'", "'./gone.js' is not there"],
  ['backend/a.ts', "import {x} from './b'", "'./b' does not end in .js"],
  ['operations/a.ts', "import {Command} from '@oclif/core/command'", "'@oclif/core/command' belongs in cli, commands"],
  ['filesystem/a.ts', "import ignore from 'ignore'", "'ignore' must be loaded where it is used"],
  ['backend/a.ts', "import fs from 'fs'", "'fs' is a library without a room"],
  ['backend/a.ts', "const x = createRequire(import.meta.url)('koffi')", "'koffi' belongs in filesystem, watch"],
]

const ROOMS = ['repository', 'crypto', 'operations', 'engine', 'commands', 'backend', 'util']
const TARGETS = ROOMS.map((room) => ({path: `${room}/b.ts`, text: ''}))

for (const [path, text, answer] of WRONG) {
  test(`layers: ${JSON.stringify(text)} in ${path} is a violation`, (t) => {
    t.deepEqual(violations([...TARGETS, {path, text}]), [`${path}: ${answer}`])
  })
}

test('layers: what only looks like an import is none', (t) => {
  const text = `
    // import {x} from '../repository/b.js'
    /* import('../repository/b.js') */
    const pattern = /'|"\\/\\/[/']/
    const text = \`it's \${count === 1 ? \`one's\` : '//'} \`
    const url = 'http://example.org' // from '../repository/b.js'
    const half = total / 2 // import '../repository/b.js'
    import.meta.url
  `
  t.deepEqual(violations([...TARGETS, {path: 'backend/a.ts', text}]), [])
})

test('layers: what follows a string, a pattern or a template is still seen', (t) => {
  for (const before of ["'//'", '"/*"', '`//`', "`${'`'}//`", '/[/]\\/*/', "/'/", '1 / 2 /', '`${{a: 1}}`', '`${a ? `//` : 1}`']) {
    const text = `const x = ${before}; const y = await import('../repository/b.js')`
    t.is(violations([...TARGETS, {path: 'backend/a.ts', text}]).length, 1, before)
  }
})

test('layers: downward imports of every form are right', (t) => {
  const text = `
    import {x} from '../backend/b.js'
    import type {Y} from '../crypto/b.js'
    export {z} from '../util/b.js'
    const later = await import('../engine/b.js')
    import {readFile} from 'node:fs/promises'
    const wasm = new URL('./fastcdc.wasm', import.meta.url)
  `
  t.deepEqual(violations([...TARGETS, {path: 'operations/a.ts', text}]), [])
})

test('layers: a module named by an expression is refused, for nobody can check it', (t) => {
  for (const text of ['await import(name)', 'await import(`./${name}.js`)', 'require(name)']) {
    t.throws(() => violations([{path: 'backend/a.ts', text}]), {message: /named by an expression/}, text)
  }
})
