/** Finds the tools to compare: this build, and the newest restic and borg to be had. */
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {isPocketError} from '../../src/errors.js'
import {hasApt, type PackageRequest, unpackPackage} from '../data/apt.js'
import {findProgram, isExecutable} from '../command.js'
import {borgTool} from './borg.js'
import {pocketTool} from './pocket.js'
import {identify, newest, type Program} from './program.js'
import {resticTool} from './restic.js'
import type {Tool} from './tool.js'

export const TOOL_NAMES = ['pocket', 'restic', 'borg'] as const

export interface ToolRequest {
  names: readonly string[]
  project: string
  dataFolder: string
  log: (line: string) => void
}

/** The tools of `names` that could be found, in that order; one that is missing is said and left out. */
export async function findTools({names, project, dataFolder, log}: ToolRequest): Promise<Tool[]> {
  const tools: Tool[] = []
  for (const name of names) {
    const tool = name === 'pocket' ? await pocketTool(project) : await otherTool(name, dataFolder, log)
    if (tool === undefined) log(`${name} was neither found nor fetched: left out`)
    else tools.push(tool)
  }
  return tools
}

async function otherTool(name: string, dataFolder: string, log: (line: string) => void): Promise<Tool | undefined> {
  const fetched = name === 'restic' ? await fetchRestic(dataFolder, log) : await fetchBorg(dataFolder, log)
  const onPath = findProgram(name)
  const local = onPath === undefined ? undefined : await identify({program: onPath, arguments: [], environment: {}}, VERSION_QUESTION[name])
  const program = newest([fetched, local].filter((candidate) => candidate !== undefined))
  if (program === undefined) return undefined
  return name === 'restic' ? resticTool(program) : borgTool(program)
}

const VERSION_QUESTION: Record<string, string> = {restic: 'version', borg: '--version'}

async function fetchRestic(dataFolder: string, log: (line: string) => void): Promise<Program | undefined> {
  const root = await fetchRoot({name: 'restic', suite: 'unstable'}, dataFolder, log)
  if (root === undefined) return undefined
  return await identify({program: join(root, 'usr/bin/restic'), arguments: [], environment: {}}, VERSION_QUESTION['restic'])
}

/** borg with the Python and the C library of its own suite, started by that suite's own loader: it runs beside any Debian. */
async function fetchBorg(dataFolder: string, log: (line: string) => void): Promise<Program | undefined> {
  const root = await fetchRoot({name: 'borgbackup', suite: 'unstable', withDependencies: true}, dataFolder, log)
  if (root === undefined) return undefined
  const loader = (await readdir(join(root, 'usr/lib64'))).find((name) => name.startsWith('ld-linux'))
  const libraries = (await readdir(join(root, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu'))
  if (loader === undefined || libraries === undefined) return undefined
  const python = join(root, 'usr/bin/python3')
  return await identify(
    {
      program: join(root, 'usr/lib64', loader),
      arguments: ['--library-path', join(root, 'usr/lib', libraries), python, join(root, 'usr/bin/borg')],
      environment: {PYTHONHOME: join(root, 'usr')},
    },
    VERSION_QUESTION['borg'],
  )
}

async function fetchRoot(request: PackageRequest, dataFolder: string, log: (line: string) => void): Promise<string | undefined> {
  const root = join(dataFolder, 'tools', request.name)
  if (isExecutable(join(root, 'usr/bin'))) return root
  if (!hasApt()) return undefined
  log(`fetching ${request.name} from Debian ${request.suite}`)
  try {
    await unpackPackage(request, root, join(dataFolder, 'apt'))
    return root
  } catch (error) {
    if (!isPocketError(error, 'io-failed')) throw error
    log(`cannot fetch ${request.name}: ${error.message}`)
    return undefined
  }
}
