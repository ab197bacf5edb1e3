/** Tasks of the Windows Task Scheduler, in its folder `Pocket`. */
import {randomBytes} from 'node:crypto'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PocketError} from '../errors.js'
import type {Installer, Job} from './installer.js'
import {complaintOf, type Machine} from './machine.js'
import {taskXml} from './task-xml.js'
import {removeUnitFile, writeUnitFile} from './unit-file.js'

const FOLDER = '\\Pocket\\'

export function taskScheduler(machine: Machine): Installer {
  return {
    kind: 'task-scheduler',
    title: 'the Windows Task Scheduler',
    install: (job) => install(machine, job),
    remove: (key) => remove(machine, key),
    list: () => list(machine),
  }
}

async function install(machine: Machine, job: Job): Promise<string[]> {
  const path = join(tmpdir(), `pocket-${randomBytes(6).toString('hex')}.xml`)
  await writeUnitFile(path, Buffer.from(`\uFEFF${taskXml(job)}`, 'utf16le'))
  try {
    const outcome = await machine.runCommand('schtasks.exe', ['/Create', '/TN', `${FOLDER}${job.key}`, '/XML', path, '/F'])
    if (outcome.code !== 0) throw refused('create', outcome)
  } finally {
    await removeUnitFile(path)
  }
  return ['tasks of your user run only while you are logged in']
}

async function remove(machine: Machine, key: string): Promise<boolean> {
  if (!(await list(machine)).includes(key)) return false
  const outcome = await machine.runCommand('schtasks.exe', ['/Delete', '/TN', `${FOLDER}${key}`, '/F'])
  if (outcome.code !== 0) throw refused('remove', outcome)
  return true
}

async function list(machine: Machine): Promise<string[]> {
  const {stdout} = await machine.runCommand('schtasks.exe', ['/Query', '/FO', 'CSV', '/NH'])
  // A task with several triggers has several lines.
  const names = stdout.split(/\r?\n/).flatMap((line) => /^"\\Pocket\\([^"\\]+)"/.exec(line)?.[1] ?? [])
  return [...new Set(names)]
}

function refused(verb: string, outcome: {code: number; stdout: string; stderr: string}): PocketError {
  return new PocketError('io-failed', `cannot ${verb} a task of the Task Scheduler: ${complaintOf(outcome)}`, {
    hint: "'pocket agent' runs schedules without it",
  })
}
