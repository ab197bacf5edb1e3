import {accessSync, constants} from 'node:fs'
import {delimiter, join} from 'node:path'

/** Debian's packages that have all the programs. */
export const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']

const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'osdmaptool']

export function hasCeph(): boolean {
  return missingPrograms().length === 0
}

/** Throws an error that names Debian's packages when one of Ceph's programs is not on the PATH. */
export function requireCeph(): void {
  const missing = missingPrograms()
  if (missing.length === 0) return
  throw new Error(`missing: ${missing.join(', ')}; they are in Debian's packages ${PACKAGES.join(' ')}`)
}

function missingPrograms(): string[] {
  return PROGRAMS.filter((program) => !isOnPath(program))
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
