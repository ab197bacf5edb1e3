import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {isPocketError, PocketError} from '../../src/errors.js'
import {runCommand} from '../command.js'
import {downloadPackage, hasApt} from './apt.js'
import {ensureFolder, type Material} from './material.js'

/** Suites that have had one of the two versions, tried in turn after the machine's own. */
const SUITES = [undefined, 'bookworm', 'trixie', 'unstable']

/** The name of the folder with the source of Linux `version` (`6.1`), fetched from Debian when it is not there. */
export async function linuxSource(material: Material, version: string): Promise<string> {
  const name = `linux-${version}`
  await ensureFolder(material, name, async (partial) => {
    const file = (await findPackage(material.dataFolder, version)) ?? (await fetchPackage(material, version))
    await extract(file, version, partial)
  })
  return name
}

/** What the source says of itself: `6.1.192`. */
export async function linuxVersion(folder: string): Promise<string> {
  const makefile = await readFile(join(folder, 'Makefile'), 'utf8')
  return ['VERSION', 'PATCHLEVEL', 'SUBLEVEL'].map((key) => new RegExp(`^${key} = (\\d+)$`, 'm').exec(makefile)?.[1] ?? '?').join('.')
}

async function findPackage(folder: string, version: string): Promise<string | undefined> {
  const file = (await readdir(folder)).find((name) => name.startsWith(`linux-source-${version}_`) && name.endsWith('.deb'))
  return file === undefined ? undefined : join(folder, file)
}

async function fetchPackage({dataFolder, log}: Material, version: string): Promise<string> {
  const name = `linux-source-${version}`
  for (const suite of hasApt() ? SUITES : []) {
    try {
      await downloadPackage(suite === undefined ? {name} : {name, suite}, dataFolder, join(dataFolder, 'apt'))
      const file = await findPackage(dataFolder, version)
      if (file !== undefined) return file
    } catch (error) {
      if (!isPocketError(error, 'io-failed')) throw error
      log(`${name}: not in ${suite ?? "the machine's own suites"}`)
    }
  }
  throw new PocketError('path-missing', `cannot fetch '${name}'`, {
    hint: `put the source of Linux ${version} at '${join(dataFolder, `linux-${version}`)}'`,
  })
}

async function extract(file: string, version: string, target: string): Promise<void> {
  const script = `set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar --extract --to-stdout "./usr/src/linux-source-$2.tar.xz" |
    tar --extract --xz --strip-components=1 --directory "$3"`
  await runCommand({program: 'bash', arguments: ['-c', script, 'extract', file, version, target]})
}
