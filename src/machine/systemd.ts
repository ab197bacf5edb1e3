/** Timers of systemd: of the user, or of the system for root. */
import {join} from 'node:path'
import {PocketError} from '../errors.js'
import {exists} from '../util/exists.js'
import type {Installer, Job} from './installer.js'
import {complaintOf, type Machine} from './machine.js'
import {unitsOf} from './systemd-units.js'
import {removeUnitFile, unitFilesIn, writeUnitFile} from './unit-file.js'

const PREFIX = 'pocket-'

/** Whether a manager is there that would start timers for this user. */
export async function answersSystemd(machine: Machine): Promise<boolean> {
  if (machine.platform !== 'linux') return false
  const {code} = await machine.runCommand('systemctl', [...managerOf(machine), 'show', '--property=Version'])
  return code === 0
}

export function systemd(machine: Machine): Installer {
  const isSystem = machine.userId === 0
  return {
    kind: isSystem ? 'systemd-system' : 'systemd-user',
    title: isSystem ? 'systemd, as timers of the system' : 'systemd, as timers of your user',
    install: (job) => install(machine, job),
    remove: (key) => remove(machine, key),
    list: () => list(machine),
  }
}

async function install(machine: Machine, job: Job): Promise<string[]> {
  const unit = `${PREFIX}${job.key}`
  const {service, timer} = unitsOf(job, {isSystem: machine.userId === 0})
  await writeUnitFile(join(folderOf(machine), `${unit}.service`), service)
  await writeUnitFile(join(folderOf(machine), `${unit}.timer`), timer)
  try {
    await control(machine, 'daemon-reload')
    await control(machine, 'enable', `${unit}.timer`)
    // One that runs already takes its times from the old file until then.
    await control(machine, 'restart', `${unit}.timer`)
  } catch (error) {
    await removeFiles(machine, unit)
    throw error
  }
  return lingerNotice(machine)
}

async function remove(machine: Machine, key: string): Promise<boolean> {
  const unit = `${PREFIX}${key}`
  if (!(await exists(join(folderOf(machine), `${unit}.timer`)))) return false
  await control(machine, 'disable', '--now', `${unit}.timer`)
  await removeFiles(machine, unit)
  await control(machine, 'daemon-reload')
  return true
}

async function removeFiles(machine: Machine, unit: string): Promise<void> {
  // The link by which it was enabled is one to the timer.
  await removeUnitFile(join(folderOf(machine), 'timers.target.wants', `${unit}.timer`))
  await removeUnitFile(join(folderOf(machine), `${unit}.timer`))
  await removeUnitFile(join(folderOf(machine), `${unit}.service`))
}

async function list(machine: Machine): Promise<string[]> {
  const names = await unitFilesIn(folderOf(machine))
  return names
    .filter((name) => name.startsWith(PREFIX) && name.endsWith('.timer'))
    .map((name) => name.slice(PREFIX.length, -'.timer'.length))
}

/** Timers of a user end with the last session, unless the user lingers. */
async function lingerNotice(machine: Machine): Promise<string[]> {
  if (machine.userId === 0) return []
  const {code, stdout} = await machine.runCommand('loginctl', ['show-user', String(machine.userId), '--property=Linger'])
  if (code === 0 && stdout.trim() === 'Linger=yes') return []
  return ["timers of your user run only while you are logged in; 'loginctl enable-linger' has them run always"]
}

async function control(machine: Machine, ...words: string[]): Promise<void> {
  const outcome = await machine.runCommand('systemctl', [...managerOf(machine), ...words])
  if (outcome.code === 0) return
  throw new PocketError('io-failed', `'systemctl ${[...managerOf(machine), ...words].join(' ')}' failed: ${complaintOf(outcome)}`, {
    hint: "'pocket agent' runs schedules without systemd",
  })
}

function managerOf(machine: Machine): string[] {
  return machine.userId === 0 ? [] : ['--user']
}

function folderOf(machine: Machine): string {
  if (machine.userId === 0) return join(machine.root, '/etc/systemd/system')
  return join(machine.environment.XDG_CONFIG_HOME || join(machine.homeDirectory, '.config'), 'systemd/user')
}
