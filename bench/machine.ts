import {readFile} from 'node:fs/promises'
import {arch, availableParallelism, cpus, release, totalmem, type} from 'node:os'
import {systemCode} from '../src/errors.js'
import {execute, findProgram} from './command.js'

export interface Machine {
  processor: string
  cores: number
  memoryBytes: number
  system: string
  kernel: string
  fileSystem: string
  node: string
}

/** The machine as it matters to a measurement; `folder` is where data and repositories lie. */
export async function describeMachine(folder: string): Promise<Machine> {
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'} (${arch()})`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: await systemName(),
    kernel: `${type()} ${release()}`,
    fileSystem: await fileSystemOf(folder),
    node: process.versions.node,
  }
}

async function systemName(): Promise<string> {
  try {
    const match = /^PRETTY_NAME="?(.*?)"?$/m.exec(await readFile('/etc/os-release', 'utf8'))
    return match?.[1] ?? type()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return type()
  }
}

async function fileSystemOf(folder: string): Promise<string> {
  if (findProgram('findmnt') === undefined) return 'unknown'
  const {status, output} = await execute({program: 'findmnt', arguments: ['--noheadings', '--output', 'FSTYPE', '--target', folder]})
  return status === 0 ? output.trim() : 'unknown'
}

/** The short commit id of the project, with `-changed` when the tree differs from it. */
export async function commitOf(project: string): Promise<string> {
  const commit = await execute({program: 'git', arguments: ['-C', project, 'rev-parse', '--short', 'HEAD']})
  if (commit.status !== 0) return 'unknown'
  const sources = ['src', 'bin', 'package.json']
  const changes = await execute({program: 'git', arguments: ['-C', project, 'status', '--porcelain', '--', ...sources]})
  return commit.output.trim() + (changes.output === '' ? '' : '-changed')
}
