import type {BigIntStats} from 'node:fs'

/** What identifies a folder whatever the path that leads to it. */
export function folderKey({dev, ino}: BigIntStats): string {
  return `${dev}:${ino}`
}
