/** Agents of launchd on macOS; daemons for root. */
import {join} from 'node:path'
import {PocketError} from '../errors.js'
import {exists} from '../util/exists.js'
import type {Installer, Job} from './installer.js'
import {plistOf} from './launchd-plist.js'
import {complaintOf, type Machine} from './machine.js'
import {removeUnitFile, unitFilesIn, writeUnitFile} from './unit-file.js'

const PREFIX = 'pocket.'
const SUFFIX = '.plist'

export function launchd(machine: Machine): Installer {
  const isSystem = machine.userId === 0
  return {
    kind: 'launchd',
    title: isSystem ? 'launchd, as daemons of the system' : 'launchd, as agents of your user',
    install: (job) => install(machine, job),
    remove: (key) => remove(machine, key),
    list: () => list(machine),
  }
}

async function install(machine: Machine, job: Job): Promise<string[]> {
  const label = `${PREFIX}${job.key}`
  const path = join(folderOf(machine), `${label}${SUFFIX}`)
  await writeUnitFile(path, plistOf(label, job))
  const domain = await domainOf(machine)
  // One of before is taken out first; that there is none is no trouble.
  await machine.runCommand('launchctl', ['bootout', `${domain}/${label}`])
  const outcome = await machine.runCommand('launchctl', ['bootstrap', domain, path])
  if (outcome.code !== 0) {
    await removeUnitFile(path)
    throw new PocketError('io-failed', `'launchctl bootstrap ${domain} ${path}' failed: ${complaintOf(outcome)}`, {
      hint: "'pocket agent' runs schedules without launchd",
    })
  }
  return machine.userId === 0 ? [] : ['agents of your user run only while you are logged in']
}

async function remove(machine: Machine, key: string): Promise<boolean> {
  const label = `${PREFIX}${key}`
  const path = join(folderOf(machine), `${label}${SUFFIX}`)
  if (!(await exists(path))) return false
  // It may have been taken out by hand.
  await machine.runCommand('launchctl', ['bootout', `${await domainOf(machine)}/${label}`])
  return removeUnitFile(path)
}

async function list(machine: Machine): Promise<string[]> {
  const names = await unitFilesIn(folderOf(machine))
  return names.filter((name) => name.startsWith(PREFIX) && name.endsWith(SUFFIX)).map((name) => name.slice(PREFIX.length, -SUFFIX.length))
}

/** That of the desktop, or of the user where nobody is logged in there. */
async function domainOf({userId, runCommand}: Machine): Promise<string> {
  if (userId === 0) return 'system'
  const {code} = await runCommand('launchctl', ['print', `gui/${userId}`])
  return `${code === 0 ? 'gui' : 'user'}/${userId}`
}

function folderOf({userId, root, homeDirectory}: Machine): string {
  return userId === 0 ? join(root, '/Library/LaunchDaemons') : join(homeDirectory, 'Library/LaunchAgents')
}
