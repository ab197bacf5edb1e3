import {mkdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {type Command, runCommand} from '../command.js'
import {ensureFolder} from '../data/material.js'
import {requireSpace} from '../disk.js'
import type {IndexFigures} from '../index-memory.js'
import {measure} from '../measure.js'
import type {StepResult} from '../results.js'
import {type BenchContext, completeResult, type Workload} from './workload.js'

const CHUNKS = 10_000_000
const NEEDED_BYTES = 2 ** 30
const RUNNER = 'pocket'

/** What ten million chunks take in memory, and how fast they are loaded and looked up. Pocket alone. */
export const index: Workload = {
  name: 'index',
  title: 'Index in memory',
  async run(context: BenchContext) {
    await requireSpace(context.dataFolder, NEEDED_BYTES)
    const folder = await ensureFolder(context, 'index', async (partial) => {
      await runCommand(programCommand(context, ['make', partial, String(CHUNKS)]))
    })
    const step: StepResult = {name: 'load', samples: []}
    const subject = {
      workload: 'index',
      title: 'Index in memory',
      facts: [
        `${CHUNKS.toLocaleString('en')} chunks, 18 in a frame and 16 frames in a pack, loaded from sealed index objects on a local disk.`,
      ],
      runners: {[RUNNER]: `Node ${process.versions.node}`},
    }
    for (let round = 1; round <= context.rounds; round++) {
      step.samples.push({...(await loadOnce(context, folder)), runner: RUNNER, round})
      await context.save(await completeResult(context, subject, [step]))
    }
    return await completeResult(context, subject, [step])
  },
}

async function loadOnce(context: BenchContext, folder: string) {
  const report = join(context.dataFolder, 'runs', 'index.json')
  await mkdir(join(context.dataFolder, 'runs'), {recursive: true})
  try {
    const measurement = await measure(programCommand(context, ['load', folder, String(CHUNKS), report]))
    const index = JSON.parse(await readFile(report, 'utf8')) as IndexFigures
    context.log(`  ${(index.keptBytes / index.chunks).toFixed(1)} bytes a chunk, loaded in ${index.loadSeconds.toFixed(2)} s`)
    return {...measurement, index}
  } finally {
    await rm(report, {force: true})
  }
}

function programCommand({project}: BenchContext, words: readonly string[]): Command {
  return {
    program: process.execPath,
    arguments: ['--expose-gc', join(project, 'dist', 'bench', 'index-memory.js'), ...words],
  }
}
