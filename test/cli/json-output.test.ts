import test from 'ava'
import {jsonLine, jsonObjectWithList} from '../../src/cli/json-output.js'

async function* each<Item>(...items: Item[]): AsyncGenerator<Item> {
  yield* items
}

async function join(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

test('every object says its schema and its type first', (t) => {
  t.is(jsonLine('stats', {files: 1, name: 'a\nb'}), '{"schema":1,"type":"stats","files":1,"name":"a\\nb"}')
  t.is(jsonLine('finishing'), '{"schema":1,"type":"finishing"}')
})

test('a list that is streamed is one object, empty or not, with or without what follows', async (t) => {
  const opening = {type: 'entries', fields: {reference: 'latest'}, list: 'entries'}
  const head = {schema: 1, type: 'entries', reference: 'latest'}
  t.deepEqual(JSON.parse(await join(jsonObjectWithList(opening, each()))), {...head, entries: []})
  t.deepEqual(JSON.parse(await join(jsonObjectWithList(opening, each({a: 1}, {a: 2})))), {...head, entries: [{a: 1}, {a: 2}]})
  t.deepEqual(JSON.parse(await join(jsonObjectWithList(opening, each({a: 1}), () => ({totals: {files: 1}})))), {
    ...head,
    entries: [{a: 1}],
    totals: {files: 1},
  })
})
