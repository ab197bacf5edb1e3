import {execute, findProgram} from '../command.js'

export interface NodeBinary {
  version: string
  path: string
}

const OTHER_MAJORS = [20, 22, 24, 26]

/** The running Node, and one of each other major version that npx can fetch; one that it cannot is said and left out. */
export async function nodeBinaries(log: (line: string) => void): Promise<NodeBinary[]> {
  const own = {version: process.versions.node, path: process.execPath}
  const binaries = [own]
  const ownMajor = Number(own.version.split('.')[0])
  for (const major of OTHER_MAJORS.filter((candidate) => candidate !== ownMajor)) {
    const binary = findProgram('npx') === undefined ? undefined : await fetchNode(major)
    if (binary === undefined) log(`Node ${major} cannot be fetched: left out`)
    else binaries.push(binary)
  }
  return binaries.sort((a, b) => Number.parseInt(a.version, 10) - Number.parseInt(b.version, 10))
}

async function fetchNode(major: number): Promise<NodeBinary | undefined> {
  const question = 'console.log(process.versions.node + " " + process.execPath)'
  const {status, output} = await execute({program: 'npx', arguments: ['--yes', '--package', `node@${major}`, 'node', '--eval', question]})
  const [version, path] = output.trim().split(' ')
  return status === 0 && version.startsWith(`${major}.`) && path !== undefined ? {version, path} : undefined
}
