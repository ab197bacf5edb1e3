import {execFileSync} from 'node:child_process'
import {closeSync, lstatSync, mkdtempSync, openSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Worker} from 'node:worker_threads'
import test from 'ava'
import {hasNanosecondTimes, timesSetter, type TimesKind} from '../../src/filesystem/native.js'

const TIMES: [string, bigint, bigint][] = [
  ['zero', 0n, 0n],
  ['one nanosecond', 1n, 1n],
  ['one nanosecond before 1970', -1n, -1n],
  ['years before 1970', -1_234_567_890_123_456_789n, -86_400_000_000_001n],
  ['a whole second before 1970', -5_000_000_000n, -1_000_000_000n],
  ['now', 1_795_000_000_123_456_789n, 1_795_000_000_987_654_321n],
  ['2^33 seconds', 8_589_934_592_000_000_001n, 8_589_934_592_999_999_999n],
]

/** A double of 2^33 seconds is exact to two microseconds, and libuv cuts to whole microseconds. */
const TOLERANCE_NS: Record<TimesKind, bigint> = {native: 0n, portable: 4_000n}

for (const kind of ['native', 'portable'] as const) {
  const setter = timesSetter(kind)
  if (setter === undefined) {
    test.skip(`${kind}: sets times (skipped: koffi is not installed or has no binary for this system)`, () => {})
    continue
  }
  for (const [title, atimeNs, mtimeNs] of TIMES) {
    test(`${kind}: sets the times of a path: ${title}`, (t) => {
      const path = join(newFolder(t), 'file')
      writeFileSync(path, '')
      setter(Buffer.from(path), atimeNs, mtimeNs)
      assertTimes(t, kind, lstatSync(path, {bigint: true}), {atimeNs, mtimeNs})
    })

    test(`${kind}: sets the times of an open file: ${title}`, (t) => {
      const path = join(newFolder(t), 'file')
      const descriptor = openSync(path, 'w')
      setter(descriptor, atimeNs, mtimeNs)
      closeSync(descriptor)
      assertTimes(t, kind, lstatSync(path, {bigint: true}), {atimeNs, mtimeNs})
    })
  }

  test(`${kind}: sets the times of a symbolic link and not of its target`, (t) => {
    const folder = newFolder(t)
    writeFileSync(join(folder, 'target'), '')
    symlinkSync('target', join(folder, 'link'))
    const before = statSync(join(folder, 'target'), {bigint: true})
    setter(Buffer.from(join(folder, 'link')), 5n * 1_000_000_000n, 7_000_001_000n)
    const after = lstatSync(join(folder, 'link'), {bigint: true})
    assertTimes(t, kind, after, {atimeNs: 5_000_000_000n, mtimeNs: 7_000_001_000n})
    t.is(statSync(join(folder, 'target'), {bigint: true}).mtimeNs, before.mtimeNs)
  })

  test(`${kind}: sets the times of a dangling symbolic link`, (t) => {
    const path = join(newFolder(t), 'link')
    symlinkSync('nowhere', path)
    setter(Buffer.from(path), 0n, 1_000_000_000n)
    t.is(lstatSync(path, {bigint: true}).mtimeNs, 1_000_000_000n)
  })

  test(`${kind}: a missing file is ENOENT, a bad descriptor EBADF, a NUL in a path refused`, (t) => {
    const folder = newFolder(t)
    t.like(
      t.throws(() => setter(Buffer.from(join(folder, 'no')), 0n, 0n)),
      {code: 'ENOENT'},
    )
    t.like(
      t.throws(() => setter(999_999, 0n, 0n)),
      {code: 'EBADF'},
    )
    writeFileSync(join(folder, 'a'), '')
    const before = lstatSync(join(folder, 'a'), {bigint: true}).mtimeNs
    t.throws(() => setter(Buffer.from(`${join(folder, 'a')}\0b`), 0n, 0n))
    t.is(lstatSync(join(folder, 'a'), {bigint: true}).mtimeNs, before)
  })

  test(`${kind}: paths of every length name the file they say, one after another`, (t) => {
    const folder = newFolder(t)
    for (const length of [200, 1, 30, 255]) {
      const path = join(folder, 'n'.repeat(length))
      writeFileSync(path, '')
      setter(Buffer.from(path), 0n, BigInt(length) * 1_000_000_000n)
      t.is(lstatSync(path, {bigint: true}).mtimeNs, BigInt(length) * 1_000_000_000n)
    }
    t.like(
      t.throws(() => setter(Buffer.from(`/${'x/'.repeat(5000)}`), 0n, 0n)),
      {code: 'ENAMETOOLONG'},
    )
  })

  test(`${kind}: the path may be a view into a larger buffer`, (t) => {
    const path = join(newFolder(t), 'file')
    writeFileSync(path, '')
    const larger = Buffer.from(`xx${path}yy`)
    setter(larger.subarray(2, larger.length - 2), 0n, 9_000_000_000n)
    t.is(lstatSync(path, {bigint: true}).mtimeNs, 9_000_000_000n)
  })

  const onLinux = process.platform === 'linux' ? test : test.skip
  onLinux(`${kind}: names that are not UTF-8 (only Linux has them)`, (t) => {
    const path = Buffer.concat([Buffer.from(`${newFolder(t)}/`), Buffer.from([0xff, 0xfe, 0x80, 0x41])])
    writeFileSync(path, '')
    setter(path, 0n, 3_000_000_000n)
    t.is(lstatSync(path, {bigint: true}).mtimeNs, 3_000_000_000n)
  })
}

test('native: is exact wherever koffi loads', (t) => {
  t.is(hasNanosecondTimes(), timesSetter('native') !== undefined)
  t.is(hasNanosecondTimes(), koffiLoads() && ['linux', 'darwin'].includes(process.platform))
})

test('native: without koffi the times are still set, to about a microsecond', (t) => {
  const path = join(newFolder(t), 'file')
  writeFileSync(path, '')
  const module = new URL('../../src/filesystem/native.js', import.meta.url).href
  const script = `
    import Module from 'node:module'
    const load = Module._load
    Module._load = (name, ...rest) => {
      if (name === 'koffi') throw Object.assign(new Error('not installed'), {code: 'MODULE_NOT_FOUND'})
      return load(name, ...rest)
    }
    const {hasNanosecondTimes, setTimes} = await import(${JSON.stringify(module)})
    setTimes(Buffer.from(${JSON.stringify(path)}), 0n, 1795000000123456789n)
    console.log(hasNanosecondTimes())`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {encoding: 'utf8'})
  t.is(output, 'false\n')
  assertTimes(t, 'portable', lstatSync(path, {bigint: true}), {atimeNs: 0n, mtimeNs: 1_795_000_000_123_456_789n})
})

test('native: works in several worker threads at once', async (t) => {
  const folder = newFolder(t)
  const module = new URL('../../src/filesystem/native.js', import.meta.url).href
  const script = `
    const {workerData} = require('node:worker_threads')
    const fs = require('node:fs')
    import(${JSON.stringify(module)}).then(({setTimes}) => {
      for (let index = 0; index < 500; index += 1) {
        const path = workerData + '_' + index
        fs.writeFileSync(path, '')
        setTimes(Buffer.from(path), 0n, BigInt(index) * 1000000001000n)
      }
    })`
  await Promise.all(['a', 'b', 'c'].map((name) => finished(new Worker(script, {eval: true, workerData: join(folder, name)}))))
  for (const name of ['a', 'b', 'c']) {
    for (let index = 0; index < 500; index += 1) {
      const {mtimeNs} = lstatSync(join(folder, `${name}_${index}`), {bigint: true})
      if (mtimeNs !== BigInt(index) * 1_000_000_001_000n) t.fail(`${name}_${index} has ${mtimeNs}`)
    }
  }
  t.pass()
})

interface Context {
  teardown(remove: () => void): void
}

function newFolder(t: Context): string {
  const folder = mkdtempSync(join(tmpdir(), 'pocket-native-'))
  t.teardown(() => rmSync(folder, {recursive: true}))
  return folder
}

interface Times {
  atimeNs: bigint
  mtimeNs: bigint
}

function assertTimes(t: {true(actual: boolean, message: string): void}, kind: TimesKind, actual: Times, expected: Times): void {
  for (const field of ['atimeNs', 'mtimeNs'] as const) {
    const difference = actual[field] - expected[field]
    const isClose = difference <= TOLERANCE_NS[kind] && -difference <= TOLERANCE_NS[kind]
    t.true(isClose, `${field} is ${actual[field]}, not ${expected[field]}`)
  }
}

function koffiLoads(): boolean {
  try {
    createRequire(import.meta.url)('koffi')
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

function finished(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`worker ended with ${code}`))))
  })
}
