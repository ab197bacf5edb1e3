/** Debian's packages, fetched with apt and unpacked without being installed. Needs no root. */
import {mkdir, readdir, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {PocketError} from '../../src/errors.js'
import {findProgram, runCommand} from '../command.js'
import {removeFolder} from '../disk.js'

export interface PackageRequest {
  name: string
  /** `bookworm`, `unstable`, …; without one, whatever suites the machine itself is set up for. */
  suite?: string
  /** Fetch all that the package depends on too, so that it runs without what the machine has installed. */
  withDependencies?: boolean
}

export function hasApt(): boolean {
  return findProgram('apt-get') !== undefined && findProgram('dpkg-deb') !== undefined
}

/**
 * Unpacks the package's files below `target`, which exists afterwards wholly or not at all.
 * `scratch` keeps the suite's lists between calls.
 */
export async function unpackPackage(request: PackageRequest, target: string, scratch: string): Promise<void> {
  const partial = `${target}.partial`
  const packages = `${target}.packages`
  for (const folder of [partial, packages]) {
    await removeFolder(folder)
    await mkdir(join(folder, 'partial'), {recursive: true})
  }
  for (const file of await downloadPackage(request, packages, scratch)) {
    await runCommand({program: 'dpkg-deb', arguments: ['--extract', file, partial]})
  }
  await removeFolder(packages)
  await removeFolder(target)
  await rename(partial, target)
}

/** The paths of the .deb files now in `folder`. */
export async function downloadPackage(
  {name, suite, withDependencies = false}: PackageRequest,
  folder: string,
  scratch: string,
): Promise<string[]> {
  const options = suite === undefined ? UNPRIVILEGED : await suiteOptions(suite, join(scratch, suite))
  const words = withDependencies
    ? ['install', '--yes', '--download-only', '--no-install-recommends', '-o', `Dir::Cache::Archives=${folder}`, name]
    : ['download', name]
  await runCommand({program: 'apt-get', arguments: [...options, ...words], directory: folder})
  const files = (await readdir(folder)).filter((file) => file.endsWith('.deb')).map((file) => join(folder, file))
  if (files.length === 0) throw new PocketError('io-failed', `apt-get fetched nothing for '${name}'`)
  return files
}

/** apt would hand downloads to a user of its own, who may not write below our folder. */
const UNPRIVILEGED = ['-o', 'APT::Sandbox::User=root', '-o', 'Debug::NoLocking=1']

/**
 * Options that turn apt to one suite on the mirror that the machine already uses, with lists and a status of its own: nothing
 * counts as installed, and the machine's own apt does not change.
 */
async function suiteOptions(suite: string, folder: string): Promise<string[]> {
  const sources = join(folder, 'sources.list')
  await mkdir(join(folder, 'lists', 'partial'), {recursive: true})
  await mkdir(join(folder, 'cache', 'archives', 'partial'), {recursive: true})
  const settings: Record<string, string> = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
  }
  const options = [...UNPRIVILEGED, ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
  await writeFile(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await debianMirror()} ${suite} main\n`)
  await runCommand({program: 'apt-get', arguments: [...options, 'update']})
  return options
}

/** The URI of the Debian archive in the machine's own apt configuration. */
async function debianMirror(): Promise<string> {
  const lines = await runCommand({
    program: 'apt-get',
    arguments: ['indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Identifier: Packages'],
  })
  const line = lines.split('\n').find((candidate) => candidate.startsWith('Debian '))
  if (line !== undefined) return line.slice('Debian '.length).trim()
  throw new PocketError('io-failed', 'apt knows no Debian archive', {hint: "run 'apt-get update' on a Debian system once"})
}
