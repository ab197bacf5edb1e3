import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import {createExcluder, createMatcher} from '../../src/filesystem/exclude.js'
import {bytesToByteString, type ByteString, toByteString} from '../../src/util/bytes.js'

const FOLDER = toByteString('/home/ada')
const exclude = (patterns: readonly string[]) => createExcluder(patterns, FOLDER)

/** Patterns, paths that they match, paths that they do not; a path that ends in `/` is a folder. */
const TABLE: [string[], string[], string[]][] = [
  [['*.tmp'], ['a.tmp', 'x/y/a.tmp', '.tmp', 'd.tmp/', 'd.tmp/a'], ['a.tmpx', 'a.TMP', 'tmp']],
  [['/a'], ['a', 'a/', 'a/b'], ['x/a']],
  [['x/a'], ['x/a', 'x/a/b'], ['a', 'y/x/a']],
  [['cache/'], ['cache/', 'x/cache/', 'cache/a', 'x/cache/a'], ['cache', 'x/cache']],
  [['**/logs/*.log'], ['logs/a.log', 'x/y/logs/a.log'], ['a.log', 'logs/x/a.log']],
  [['a/**'], ['a/b', 'a/b/c'], ['a/', 'b/a/c']],
  [['a/**/b'], ['a/b', 'a/x/b', 'a/x/y/b'], ['x/a/b']],
  [['?.txt'], ['a.txt', 'ä.txt', 'x/ä.txt'], ['ab.txt', '.txt']],
  [['[a-cß].txt'], ['a.txt', 'c.txt', 'ß.txt'], ['d.txt']],
  [['größe/*'], ['größe/a'], ['größe/', 'grosse/a']],
  [
    ['*.o', '!keep.o'],
    ['a.o', 'x/a.o'],
    ['keep.o', 'x/keep.o'],
  ],
  [['!keep.o', '*.o'], ['keep.o'], []],
  [['d/', '!d/keep'], ['d/', 'd/keep'], []],
  [['# a comment', '', '\\#real'], ['#real'], ['# a comment', 'a']],
  [['\\!important'], ['!important'], ['important']],
  [['trailing   '], ['trailing'], ['trailing   ']],
  [['kept\\ '], ['kept '], ['kept']],
  [['a\\*b'], ['a*b'], ['axb']],
  [['*'], ['a', 'x/y', '.hidden'], []],
  [
    ['/*', '!/keep/'],
    ['a', 'x/y'],
    ['keep/', 'keep/a'],
  ],
  [['C:x'], ['C:x'], ['c:x']],
  [
    ['constructor', '__proto__'],
    ['constructor', '__proto__', 'x/__proto__'],
    ['toString', 'hasOwnProperty'],
  ],
]

const split = (path: string): [ByteString, boolean] =>
  path.endsWith('/') ? [toByteString(path.slice(0, -1)), true] : [toByteString(path), false]

for (const [patterns, matched, others] of TABLE) {
  test(`exclude: ${JSON.stringify(patterns)} means what gitignore(5) says`, (t) => {
    for (const create of [exclude, createMatcher]) {
      const matches = create(patterns)
      for (const path of matched) t.true(matches(...split(path)), path)
      for (const path of others) t.false(matches(...split(path)), path)
    }
  })
}

test('exclude: no patterns match nothing', (t) => {
  t.false(exclude([])(toByteString('a'), false))
  t.false(createMatcher([])(toByteString('a'), true))
})

test('exclude: an absolute pattern means what lies there, and nothing else', (t) => {
  const excludes = exclude(['/home/ada/cache', '/home/ada/*.iso', '/home/adam/x', '/top'])
  for (const path of ['cache', 'cache/a', 'a.iso', 'top']) t.true(excludes(toByteString(path), false), path)
  for (const path of ['a/cache', 'a/b.iso', 'x', 'm/x', 'home/ada/cache', 'other']) t.false(excludes(toByteString(path), false), path)
  t.false(exclude(['*.o', '!/home/ada/keep.o'])(toByteString('keep.o'), false))
  t.true(exclude(['*.o', '!/home/ada/keep.o'])(toByteString('a/keep.o'), false))
  t.true(createExcluder(['/home'], toByteString('/'))(toByteString('home'), true))
  t.true(createExcluder(['/grün [1]/x'], toByteString('/grün [1]'))(toByteString('x'), false))
})

test('exclude: the absolute path of what is there means just that, by whatever way it is named', (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pocket-exclude-')))
  t.teardown(() => rmSync(folder, {recursive: true}))
  mkdirSync(join(folder, 'real', 'sub'), {recursive: true})
  symlinkSync('real', join(folder, 'link'))
  const names = ['br[x]', 'st*r', 'q?', 'b\\s', 'trailing ', '#hash', '!bang', 'größe']
  for (const name of names) writeFileSync(join(folder, 'real', 'sub', name), '')
  for (const source of ['real/sub', 'link/sub']) {
    for (const way of ['real/sub', 'link/sub', 'real//./sub']) {
      for (const name of names) {
        const excludes = createExcluder([`${folder}/${way}/${name}`], toByteString(join(folder, source)))
        for (const other of names) t.is(excludes(toByteString(other), false), other === name, `${source} ${way} ${name} ${other}`)
        t.false(excludes(toByteString(`deeper/${name}`), false))
      }
    }
  }
  for (const other of ['brx', 'star', 'qx', 'bs', 'trailing']) {
    const excludes = createExcluder(
      names.map((name) => join(folder, 'real', 'sub', name)),
      toByteString(join(folder, 'real', 'sub')),
    )
    t.false(excludes(toByteString(other), false), other)
  }
  const link = createExcluder([join(folder, 'link')], toByteString(folder))
  t.deepEqual([link(toByteString('link'), false), link(toByteString('real'), true)], [true, false])
})

test('exclude: names that are not UTF-8 do not throw and are matched by wildcards', (t) => {
  const name = bytesToByteString(Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x6f]))
  t.true(exclude(['*.o'])(name, false))
  t.true(exclude(['f??.o'])(name, false))
  t.false(exclude(['f?.o'])(name, false))
  t.false(exclude(['ÿþ', 'fÿþ.o'])(name, false))
  t.true(exclude(['f*/x'])(`${name}/x` as ByteString, false))
  t.true(exclude(['größe'])(`${name}/${toByteString('größe')}` as ByteString, false), 'the parts that are text')
})

test('exclude: ten thousand paths more change no answer', (t) => {
  const excludes = exclude(['*.o', '!keep.o'])
  for (let index = 0; index < 25_000; index += 1) {
    if (!excludes(`d/${index}.o` as ByteString, false) || excludes(`d/${index}.c` as ByteString, false)) t.fail(`${index}`)
  }
  t.false(excludes('d/keep.o' as ByteString, false))
})

test('exclude: any pattern and any name give an answer', (t) => {
  const anyName = fc
    .uint8Array({minLength: 1, maxLength: 12})
    .map((bytes) => bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x41 : byte)))
    .map((bytes) => (/^\.\.?$/.test(bytesToByteString(bytes)) ? Buffer.from('dots') : bytes))
  const anyPattern = fc.oneof(fc.string({unit: 'binary'}), fc.string({unit: fc.constantFrom(...'ab*?[]!\\/#- ^:.')}))
  fc.assert(
    fc.property(fc.array(anyPattern, {maxLength: 4}), fc.array(anyName, {minLength: 1, maxLength: 4}), (patterns, names) => {
      const path = names.map((name) => bytesToByteString(name)).join('/') as ByteString
      return typeof exclude(patterns)(path, names.length % 2 === 0) === 'boolean'
    }),
    {numRuns: 500},
  )
  t.pass()
})

const NAMES = ['a', 'b', 'a.o', 'keep.o', 'lib', '.git-like', 'x y']
const PARTS = ['a', 'b', '*', '**', '*.o', 'keep.o', 'lib', '?', '[ab]', '[!a]', 'l*b', '.*']

function hasGit(): boolean {
  try {
    execFileSync('git', ['--version'], {stdio: 'ignore'})
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

const withGit = hasGit() ? test : test.skip

withGit('exclude: agrees with git check-ignore (skipped where git is not installed)', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pocket-exclude-'))
  t.teardown(() => rmSync(root, {recursive: true}))
  const environment = {...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1'}
  const git = (parameters: string[], input = '') =>
    execFileSync('git', parameters, {cwd: root, input, env: environment, stdio: ['pipe', 'pipe', 'ignore'], encoding: 'utf8'})
  git(['init', '-q'])
  const paths = NAMES.flatMap((first) => NAMES.flatMap((second) => [`${first}-d/${second}`, `lib/${first}-d/${second}`]))
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), {recursive: true})
    writeFileSync(join(root, path), '')
  }
  const folders = [...new Set(paths.map((path) => dirname(path)))]

  const anyPattern = fc
    .tuple(
      fc.constantFrom('', '', '', '!'),
      fc.constantFrom('', '', '/'),
      fc.array(fc.constantFrom(...PARTS, 'a-d', '*-d', 'lib-d'), {minLength: 1, maxLength: 3}),
      fc.constantFrom('', '', '/'),
    )
    .map(([negation, anchor, parts, end]) => `${negation}${anchor}${parts.join('/')}${end}`)
  fc.assert(
    fc.property(fc.array(anyPattern, {minLength: 1, maxLength: 5}), (patterns) => {
      writeFileSync(join(root, '.gitignore'), `${patterns.join('\n')}\n`)
      const excludes = exclude(patterns)
      const ours = [
        ...folders.filter((path) => excludes(path as ByteString, true)),
        ...paths.filter((path) => excludes(path as ByteString, false)),
      ]
      t.deepEqual(ours.sort(), ignoredByGit(git, [...folders, ...paths]), JSON.stringify(patterns))
    }),
    {numRuns: 60},
  )
})

type Git = (parameters: string[], input?: string) => string

/** check-ignore ends with 1 when nothing is ignored; `-v -n` tells of every path, so that there is always an answer. */
function ignoredByGit(git: Git, paths: string[]): string[] {
  let output: string
  try {
    output = git(['check-ignore', '--no-index', '-z', '-v', '-n', '--stdin'], paths.join('\0'))
  } catch (error) {
    output = (error as {stdout: string}).stdout
  }
  const fields = output.split('\0')
  const ignored: string[] = []
  for (let index = 0; index + 3 < fields.length; index += 4) {
    if (fields[index + 2] !== '' && !fields[index + 2].startsWith('!')) ignored.push(fields[index + 3])
  }
  return ignored.sort()
}
