/** docs/benchmarks.md from results; pure text. */
import {type GoalOutcome, goalOutcomes, POCKET, REFERENCE} from '../goals.js'
import type {IndexFigures} from '../index-memory.js'
import type {Machine} from '../machine.js'
import type {Sample, StepResult, WorkloadResult} from '../results.js'
import {median, spreadOf} from '../statistics.js'
import {costsTable, kindsTable, trafficCells, trafficHeads} from './bucket-tables.js'
import {capital, runnersOf, table} from './table.js'
import {bytes, seconds} from './units.js'

/** The page; `results` in the order in which they are to be shown, at least one. */
export function benchmarksPage(results: readonly WorkloadResult[]): string {
  const newest = [...results].sort((a, b) => b.finished.localeCompare(a.finished))[0]
  return [
    INTRODUCTION,
    machineSection(newest.machine),
    goalsSection(goalOutcomes(results)),
    PICTURES,
    ...results.map((result) => workloadSection(result, newest.machine)),
    COMMANDS,
  ].join('\n')
}

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; do not edit. Times of one machine say little about another: what counts is the ratio to
${REFERENCE} and borg run in turn on the same machine, in the same round.

How it is measured: each round begins with an empty repository and an empty cache for each tool; every step is run by all tools
in turn before the next step begins, and another tool goes first in each round. Encryption and a password are on for all.
Before the clock starts, what the tool before left dirty is synced, and the source (the repository, for a restore) is read once, so that it
lies in the page cache for everybody: borg drops from it what it has read. Free memory is filled and given back, since the host of a virtual
machine takes it away and is slow to give it again. *Time* is the median of all rounds (least–most); a *ratio* is the median of the ratios in each
round. *CPU* is user and system time of all processes; *peak* is the resident memory of the largest process; *stored* is the sum
of the lengths of all files of the repository. Restored trees are compared with their source by
\`rsync -aHAX --checksum --dry-run --itemize-changes --delete\`.
`

const PICTURES = `![Time of each step by tool](benchmarks.svg)

![Stored bytes after each step by tool](benchmarks-stored.svg)

![Peak memory of each step by tool](benchmarks-memory.svg)
`

const COMMANDS = `## Commands

| tool | snapshot | restore |
|---|---|---|
| pocket | \`pocket snapshot SOURCE --repository DIR\` | \`pocket restore latest --target TARGET --repository DIR\` |
| restic | \`restic --repo DIR --cache-dir CACHE --compression auto backup SOURCE\` | \`restic … restore latest --target TARGET\` |
| borg | \`borg create --compression zstd,3 ::NAME SOURCE\`, repository made with \`--encryption repokey\` | \`borg extract ::NAME\` |

Run it with \`npm run bench\`, or one workload with \`npm run bench -- linux\`; \`--quick\` is one round, and it leaves this page as it is.
`

function machineSection(machine: Machine): string {
  return `## Machine

${machineLine(machine)}
`
}

function machineLine({processor, cores, memoryBytes, system, kernel, fileSystem, node}: Machine): string {
  return `${processor}, ${cores} cores, ${bytes(memoryBytes)} of memory; ${system}, ${kernel}, ${fileSystem}; Node ${node}.`
}

function goalsSection(outcomes: readonly GoalOutcome[]): string {
  const rows = outcomes.map(({goal, target, measured, isMet}) => [goal, target, measured, isMet ? 'met' : '**missed**'])
  return `## Goals

${table(['goal', 'wanted', 'measured', ''], rows)}`
}

function workloadSection(result: WorkloadResult, machine: Machine): string {
  const {title, facts, rounds, commit, finished, runners} = result
  const otherMachine = machineLine(result.machine) === machineLine(machine) ? '' : ` Other machine: ${machineLine(result.machine)}`
  const tablesOf = OWN_TABLES[result.workload] ?? stepTables
  return `## ${title}

${facts.join(' ')}

Commit ${commit}, ${finished.slice(0, 10)}, ${rounds === 1 ? 'one round' : `${rounds} rounds`}: ${Object.values(runners).join(', ')}.${otherMachine}

${tablesOf(result)}`
}

/** Of workloads that do not compare tools, or not only by the steps. */
const OWN_TABLES: Record<string, (result: WorkloadResult) => string> = {
  startup: startupTables,
  index: indexTable,
  s3: (result) => stepTables(result) + kindsTable(result) + costsTable(result),
  'one-file': (result) => stepTables(result) + kindsTable(result),
}

function stepTables(result: WorkloadResult): string {
  return result.steps.map((step) => stepTable(result, step)).join('\n')
}

function stepTable({runners, files}: WorkloadResult, {name, samples}: StepResult): string {
  const isRestore = samples.some(({differences}) => differences !== undefined)
  const rows = runnersOf(samples).map((runner) => {
    const own = samples.filter((sample) => sample.runner === runner)
    return [
      runners[runner] ?? runner,
      spreadText(own),
      ratioText(samples, own),
      ...(files === undefined ? [] : [`${((median(own.map(({wallSeconds}) => wallSeconds)) / files) * 1e6).toFixed(2)} µs`]),
      seconds(median(own.map(({cpuSeconds}) => cpuSeconds))),
      bytes(median(own.map(({peakBytes}) => peakBytes))),
      isRestore ? equalText(own) : bytes(median(own.map(({storedBytes = Number.NaN}) => storedBytes))),
      ...trafficCells(own),
    ]
  })
  const heads = [
    '',
    'time',
    'as long as pocket',
    ...(files === undefined ? [] : ['a file']),
    'CPU',
    'peak',
    isRestore ? 'equal to its source' : 'stored',
    ...trafficHeads(samples),
  ]
  return `### ${capital(name)}

${table(heads, rows)}`
}

function spreadText(own: readonly Sample[]): string {
  const {median: middle, least, most} = spreadOf(own.map(({wallSeconds}) => wallSeconds))
  return `${seconds(middle)} (${seconds(least)}–${seconds(most)})`
}

/** How many times as long this runner took as pocket did in the same round. */
function ratioText(all: readonly Sample[], own: readonly Sample[]): string {
  const ratios = own.flatMap(({runner, round, wallSeconds}) => {
    const pocket = all.find((sample) => sample.runner === POCKET && sample.round === round)
    return pocket === undefined || runner === POCKET ? [] : [wallSeconds / pocket.wallSeconds]
  })
  return ratios.length === 0 ? '' : `× ${median(ratios).toFixed(2)}`
}

function equalText(own: readonly Sample[]): string {
  const most = Math.max(...own.map(({differences = 0}) => differences))
  return most === 0 ? 'yes' : `no: ${most} differences`
}

function startupTables({steps, runners}: WorkloadResult): string {
  const rows = Object.entries(runners).map(([runner, label]) => [
    label,
    ...steps.map(({samples}) => spreadText(samples.filter((sample) => sample.runner === runner))),
  ])
  return table(['', ...steps.map(({name}) => `\`${name}\``)], rows)
}

function indexTable({steps}: WorkloadResult): string {
  const samples = steps.flatMap((step) => step.samples)
  const row = (what: string, figure: (index: IndexFigures) => number, show: (value: number) => string): string[] => {
    const {median: middle, least, most} = spreadOf(samples.flatMap(({index}) => (index ? [figure(index)] : [])))
    return [what, show(middle), `${show(least)}–${show(most)}`]
  }
  const perChunk = (value: number): string => `${value.toFixed(1)} bytes`
  const perSecond = (value: number): string => `${(value / 1e6).toFixed(2)} million`
  const {median: peak, least, most} = spreadOf(samples.map(({peakBytes}) => peakBytes))
  return table(
    ['', 'median', 'least–most'],
    [
      row('kept in memory, a chunk', ({keptBytes, chunks}) => keptBytes / chunks, perChunk),
      row('the process grew by, a chunk', ({residentBytes, chunks}) => residentBytes / chunks, perChunk),
      ['peak of the process, with the ids that are looked up', bytes(peak), `${bytes(least)}–${bytes(most)}`],
      row('time to load', ({loadSeconds}) => loadSeconds, seconds),
      row('lookups a second of chunks that are there', ({hitsPerSecond}) => hitsPerSecond, perSecond),
      row('of chunks that are not', ({missesPerSecond}) => missesPerSecond, perSecond),
    ],
  )
}
