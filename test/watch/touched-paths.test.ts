/** What was touched is kept small, and nothing of it is lost. */
import test from 'ava'
import fc from 'fast-check'
import type {ByteString} from '../../src/util/bytes.js'
import {TouchedPaths} from '../../src/watch/touched-paths.js'

function listed(touched: TouchedPaths): string[] {
  return [...touched].map(({path, isDeep}) => path + (isDeep ? '/**' : '')).sort()
}

const path = (text: string): ByteString => text as ByteString

test('touched paths: a folder with everything below takes the place of what is in it', (t) => {
  const touched = new TouchedPaths()
  touched.add(path('/a/b/c'), false)
  touched.add(path('/a/b'), true)
  touched.add(path('/a/b/d'), false)
  touched.add(path('/a/e'), false)
  touched.add(path('/a'), false)
  t.deepEqual(listed(touched), ['/a', '/a/b/**', '/a/e'])
})

test('touched paths: where much was touched in one folder, the folder stands for it', (t) => {
  const touched = new TouchedPaths({mostInFolder: 3})
  for (let file = 0; file < 10; file++) touched.add(path(`/a/b/${file}`), false)
  touched.add(path('/a/c'), false)
  t.deepEqual(listed(touched), ['/a/b/**', '/a/c'])
})

test('touched paths: where too much was touched in all, everything was', (t) => {
  const touched = new TouchedPaths({mostInAll: 20})
  for (let folder = 0; folder < 30; folder++) touched.add(path(`/a/${folder}/file`), false)
  t.true(touched.isEverything)
  t.deepEqual(listed(touched), ['//**'])
})

test('touched paths: nothing was touched until something is', (t) => {
  const touched = new TouchedPaths()
  t.true(touched.isEmpty)
  touched.add(path('/'), false)
  t.false(touched.isEmpty)
  t.deepEqual(listed(touched), ['/'])
})

test('touched paths: whatever is added is covered, however it is gathered', (t) => {
  const paths = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), {minLength: 1, maxLength: 5}).map((names) => path(`/${names.join('/')}`))
  const property = fc.property(
    fc.array(fc.tuple(paths, fc.boolean()), {maxLength: 40}),
    fc.nat(4),
    fc.nat(30),
    (added, inFolder, inAll) => {
      const limits = {mostInFolder: inFolder + 1, mostInAll: inAll + 1}
      const touched = new TouchedPaths(limits)
      for (const [one, isDeep] of added) touched.add(one, isDeep)
      const again = new TouchedPaths(limits)
      again.addAll(touched)
      for (const [one, isDeep] of added) {
        for (const each of [touched, again]) {
          if (!each.covers(one)) throw new Error(`${one} is not covered`)
          if (isDeep && !each.covers(path(`${one}/x/y`))) throw new Error(`${one} is not covered with what is below`)
        }
      }
      const other = path('/z/z')
      if (!touched.isEverything && added.length > 0 && touched.covers(other) && !listed(touched).includes('//**'))
        throw new Error('too much')
    },
  )
  fc.assert(property)
  t.pass()
})
