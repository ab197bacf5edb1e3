/** What the system's watch tells is enough for a snapshot: whatever programs do in a watched folder. */
import {execFileSync} from 'node:child_process'
import {chmodSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {toByteString} from '../../src/util/bytes.js'
import {type Inotify, loadInotify} from '../../src/watch/inotify-library.js'
import {watchWithInotify} from '../../src/watch/inotify-watcher.js'
import {createPlace, NO_SECRET} from '../operations/repository-place.js'
import {canShrinkQueue, until, type WatchedPlace, watchPlace} from './watched-place.js'

/** Elsewhere FSEvents and ReadDirectoryChangesW tell later and more coarsely: what they tell is for `parcel-watcher.test.ts`. */
const onLinux = loadInotify() ? test : test.skip
const onRoot = canShrinkQueue ? test.serial : test.serial.skip

function fill(source: string): void {
  for (const folder of ['a/b/c', 'd/e', 'f']) mkdirSync(join(source, folder), {recursive: true})
  for (const file of ['top', 'a/one', 'a/b/two', 'a/b/c/three', 'd/four', 'd/e/five']) writeFileSync(join(source, file), `this is ${file}`)
  symlinkSync('one', join(source, 'a/link'))
}

onLinux('watch: what editors do when they save is told', async (t) => {
  await watchPlace(t, fill, async ({place: {source}, check}) => {
    const at = (path: string): string => join(source, path)
    writeFileSync(at('a/one'), 'written in place')
    t.is(await check('in place'), 1)
    writeFileSync(at('a/.one.tmp'), 'written beside')
    renameSync(at('a/.one.tmp'), at('a/one'))
    t.is(await check('renamed over'), 1)
    // As vim does with backupcopy=no, and a file 4913 to see whether it may.
    writeFileSync(at('a/b/4913'), '')
    unlinkSync(at('a/b/4913'))
    renameSync(at('a/b/two'), at('a/b/two~'))
    writeFileSync(at('a/b/two'), 'written by vim')
    unlinkSync(at('a/b/two~'))
    t.is(await check('vim'), 1)
    for (let save = 0; save < 300; save++) {
      writeFileSync(at('d/e/.tmp'), `storm ${save}`)
      renameSync(at('d/e/.tmp'), at('d/e/five'))
    }
    t.is(await check('a storm'), 1)
    writeFileSync(at('d/.tmp'), 'renamed over, and removed at once')
    renameSync(at('d/.tmp'), at('d/four'))
    unlinkSync(at('d/four'))
    t.is(await check('removed'), 0)
  })
})

onLinux('watch: folders that are made, moved, replaced and removed are told, and what happens in them after', async (t) => {
  await watchPlace(t, fill, async ({place, check}) => {
    const at = (path: string): string => join(place.source, path)
    mkdirSync(at('new/deep/er'), {recursive: true})
    writeFileSync(at('new/deep/er/file'), 'at once')
    t.is(await check('made'), 1)
    writeFileSync(at('new/deep/er/file'), 'later on')
    t.is(await check('written in what was made'), 1)
    renameSync(at('a'), at('f/moved'))
    t.is(await check('moved'), 3)
    writeFileSync(at('f/moved/b/c/three'), 'written after the move')
    t.is(await check('written in what was moved'), 1)
    renameSync(at('f/moved'), at('g'))
    writeFileSync(at('g/b/c/three'), 'written right after the move')
    mkdirSync(at('g/b/c/h'))
    await check('moved and written')
    writeFileSync(at('g/b/c/h/file'), 'and later')
    t.is(await check('written in what was made in what was moved'), 1)
    renameSync(at('g'), join(place.folder, 'outside'))
    await check('moved out')
    writeFileSync(join(place.folder, 'outside/b/two'), 'written outside')
    await check('nothing')
    renameSync(join(place.folder, 'outside'), at('g'))
    await check('moved in')
    writeFileSync(at('g/b/two'), 'written inside')
    t.is(await check('written in what was moved in'), 1)
    rmSync(at('top'))
    mkdirSync(at('top/is/a/folder'), {recursive: true})
    rmSync(at('d'), {recursive: true})
    writeFileSync(at('d'), 'is a file')
    t.is(await check('replaced'), 1)
    writeFileSync(at('top/is/a/folder/now'), '')
    await check('written in what was replaced')
  })
})

onLinux('watch: modes, times, links and names that are no text are told', async (t) => {
  await watchPlace(t, fill, async ({place: {source}, check}) => {
    const at = (path: string): string => join(source, path)
    chmodSync(at('a/one'), 0o600)
    chmodSync(at('a/b'), 0o700)
    utimesSync(at('d'), 1, 2)
    utimesSync(at('d/e/five'), 3, 4)
    t.is(await check('modes and times'), 2)
    rmSync(at('a/link'))
    symlinkSync('two', at('a/link'))
    linkSync(at('top'), at('a/hard'))
    // Of the other name nothing is told: a walk of everything sees that it has changed.
    chmodSync(at('top'), 0o640)
    await check('links')
    writeFileSync(Buffer.concat([Buffer.from(`${source}/a/`), Buffer.from([0xff, 0x20, 0xfe])]), 'no text')
    mkdirSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x80])]))
    t.is(await check('names'), 1)
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x80]), Buffer.from('/in')]), 'below no text')
    t.is(await check('below such a name'), 1)
  })
})

onLinux('watch: git checkout between branches, and merges, are told', async (t) => {
  const git = (source: string, ...args: string[]): void => {
    const options = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=one', '-c', 'commit.gpgsign=false']
    execFileSync('git', [...options, ...args], {cwd: source, stdio: 'ignore'})
  }
  const prepare = (source: string): void => {
    fill(source)
    git(source, 'init')
    git(source, 'add', '.')
    git(source, 'commit', '-m', 'one')
    git(source, 'checkout', '-b', 'two')
    rmSync(join(source, 'a/b'), {recursive: true})
    for (let file = 0; file < 200; file++) {
      mkdirSync(join(source, `many/${file % 20}`), {recursive: true})
      writeFileSync(join(source, `many/${file % 20}/${file}`), `file ${file}`)
    }
    git(source, 'add', '-A')
    git(source, 'commit', '-m', 'two')
  }
  await watchPlace(t, prepare, async ({place: {source}, check, losses}) => {
    for (const branch of ['one', 'two', 'one', 'two']) {
      git(source, 'checkout', branch)
      await check(branch)
    }
    git(source, 'checkout', 'one')
    git(source, 'merge', 'two')
    git(source, 'gc')
    await check('merged')
    t.deepEqual(losses, [])
  })
})

onLinux('watch: a burst as of npm install is told, and costs nothing in folders that are left out', async (t) => {
  const install = (folder: string): void => {
    for (let number = 0; number < 60; number++) {
      const temporary = join(folder, `.package-${number}-x1y2`)
      mkdirSync(join(temporary, 'lib/deep'), {recursive: true})
      for (const file of ['package.json', 'lib/index.js', 'lib/deep/util.js']) writeFileSync(join(temporary, file), `${number} ${file}`)
      renameSync(temporary, join(folder, `package-${number}`))
    }
  }
  const prepare = (source: string): void => {
    fill(source)
    for (const folder of ['modules', 'excluded']) mkdirSync(join(source, folder))
  }
  const isExcluded = (path: string): boolean => path.includes('/excluded')
  await watchPlace(
    t,
    prepare,
    async ({place: {source}, check, touched, watcher}) => {
      install(join(source, 'modules'))
      t.is(await check('installed'), 180)
      writeFileSync(join(source, 'modules/package-7/lib/deep/util.js'), 'patched')
      rmSync(join(source, 'modules/package-8'), {recursive: true})
      t.is(await check('patched'), 1)
      install(join(source, 'excluded'))
      await watcher.settle()
      t.true(touched().isEmpty)
    },
    {isExcluded},
  )
})

onLinux('watch: a source that goes away, and comes back, is told', async (t) => {
  await watchPlace(t, fill, async ({place: {source}, losses, watcher}) => {
    renameSync(source, `${source}-away`)
    await watcher.settle()
    t.true(losses.length > 0)
    const before = losses.length
    renameSync(`${source}-away`, source)
    await watcher.settle()
    t.true(losses.length > before)
    t.true(losses.every((loss) => loss === 'source'))
  })
})

onRoot('watch: an overflow of the queue is told', async (t) => {
  const overflow = async ({place: {source}, losses, watcher}: WatchedPlace): Promise<void> => {
    for (let file = 0; file < 500; file++) writeFileSync(join(source, `file-${file}`), 'x')
    await watcher.settle()
    t.deepEqual(losses, ['overflow'])
  }
  await watchPlace(t, fill, overflow, {hasSmallQueue: true})
})

onLinux('watch: more folders than may be watched are told, with what raises the limit', async (t) => {
  const library = loadInotify()!
  const place = await createPlace(t, NO_SECRET)
  fill(place.source)
  let watches = 0
  let most = 3
  const limited: Inotify = {
    ...library,
    add: (...request) => {
      if (watches++ < most) return library.add(...request)
      throw Object.assign(new Error('ENOSPC: inotify_add_watch'), {code: 'ENOSPC'})
    },
  }
  const watched = {paths: [toByteString(place.source)], isExcluded: () => false}
  const losses: string[] = []
  const listener = {touch: () => undefined, lose: (loss: string) => losses.push(loss)}
  const error = await t.throwsAsync(watchWithInotify(limited, watched, listener), {code: 'watch-limit'})
  t.regex((error as Error & {hint: string}).hint, /fs\.inotify\.max_user_watches/)
  // Reached while it goes on.
  most = watches + 7
  const watcher = await watchWithInotify(limited, watched, listener)
  mkdirSync(join(place.source, 'one/two/three/four'), {recursive: true})
  await watcher.settle()
  t.deepEqual(losses, ['limit'])
  await watcher.close()
})

onLinux('watch: changes come by themselves', async (t) => {
  await watchPlace(t, fill, async ({place: {source}, touched}) => {
    writeFileSync(join(source, 'a/one'), 'changed')
    await until(() => touched().covers(toByteString(join(source, 'a/one'))))
    t.deepEqual(
      [...touched()].map(({path}) => path as string),
      [join(source, 'a/one')],
    )
  })
})
