import {mkdir, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import test, {type ExecutionContext} from 'ava'
import {findProgram} from '../../bench/command.js'
import {type RoundsRequest, runRounds} from '../../bench/rounds.js'
import type {Tool} from '../../bench/tools/tool.js'
import {temporaryFolder} from './temporary-folder.js'

const running = ['time', 'rsync', 'sync', 'cp'].every((name) => findProgram(name) !== undefined) ? test : test.skip

/** A tool that copies: the newest copy is the newest snapshot. */
function copyTool(name: string, forgets = false): Tool {
  const cp = (...words: string[]) => ({program: 'cp', arguments: ['-a', ...words]})
  return {
    name,
    version: '1',
    init: ({repository}) => ({program: 'test', arguments: ['-d', repository]}),
    snapshot: ({repository}, source, label) => cp(source, join(repository, label)),
    restore: ({repository}, target, label) =>
      forgets ? cp(join(repository, label, 'kept'), target) : cp('-T', join(repository, label), target),
    restoredPath: (target) => target,
  }
}

async function request(t: ExecutionContext, tools: readonly Tool[]): Promise<RoundsRequest & {lines: string[]}> {
  const folder = await temporaryFolder(t)
  const source = join(folder, 'source')
  await mkdir(source)
  await writeFile(join(source, 'kept'), 'kept')
  await writeFile(join(source, 'counter'), '0')
  const lines: string[] = []
  return {
    source,
    steps: [
      {name: 'first', action: 'snapshot'},
      {name: 'changed', action: 'snapshot', prepare: (round) => writeFile(join(source, 'counter'), 'x'.repeat(round))},
      {name: 'restore', action: 'restore'},
    ],
    tools,
    rounds: 2,
    runsFolder: join(folder, 'runs'),
    log: (line) => void lines.push(line),
    lines,
  }
}

running('rounds: every tool runs each step before the next begins, and another goes first in the next round', async (t) => {
  const asked = await request(t, [copyTool('a'), copyTool('b')])
  await runRounds(asked)
  const order = asked.lines.map((line) => line.replace(/^ {2}round (\d), (\w+): (\w) .*$/, '$1 $2 $3'))
  t.deepEqual(order.slice(0, 6), ['1 first a', '1 first b', '1 changed a', '1 changed b', '1 restore a', '1 restore b'])
  t.deepEqual(order.slice(6), ['2 first b', '2 first a', '2 changed b', '2 changed a', '2 restore b', '2 restore a'])
})

running('rounds: each round begins with an empty repository, and nothing is left in the end', async (t) => {
  const asked = await request(t, [copyTool('a')])
  const saved: number[] = []
  const steps = await runRounds({...asked, onRound: async (results) => void saved.push(results[0].samples.length)})
  t.deepEqual(
    steps[1].samples.map(({storedBytes}) => storedBytes),
    [4 + 1 + 4 + 1, 4 + 1 + 4 + 2],
  )
  t.deepEqual(saved, [1, 2])
  t.deepEqual((await readdir(join(asked.runsFolder, '..'))).sort(), ['source'])
})

running('rounds: a restored tree that is equal has no differences, one with a file missing has', async (t) => {
  const steps = await runRounds({...(await request(t, [copyTool('honest'), copyTool('forgets', true)])), rounds: 1})
  const [honest, forgets] = steps[2].samples
  t.is(honest.differences, 0)
  t.true((forgets.differences ?? 0) > 0)
})

running('rounds: a tool that fails ends the benchmark', async (t) => {
  const broken: Tool = {...copyTool('broken'), snapshot: () => ({program: 'false', arguments: []})}
  const asked = await request(t, [broken])
  await t.throwsAsync(runRounds(asked), {message: /'false' ended with 1/})
  t.deepEqual((await readdir(join(asked.runsFolder, '..'))).sort(), ['source'])
})
