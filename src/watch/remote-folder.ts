/** Folders of which the system does not tell all changes, since other machines make them. */
import {statfsSync} from 'node:fs'
import {systemCode} from '../errors.js'
import type {ByteString} from '../util/bytes.js'

/** From linux/magic.h and the file systems' own sources. */
const REMOTE: Readonly<Record<number, string>> = {
  26985: 'NFS',
  4283649346: 'SMB',
  4266872130: 'SMB',
  20859: 'SMB',
  16914839: '9P',
  12805120: 'Ceph',
  1702057286: 'FUSE',
  198183888: 'Lustre',
  1397113167: 'AFS',
  1936880249: 'AFS',
}

/** What a file system of other machines is called that holds `path`; undefined for any other, and where that cannot be told. */
export function remoteFileSystem(path: ByteString, platform: NodeJS.Platform = process.platform): string | undefined {
  // The numbers are those of Linux.
  if (platform !== 'linux') return undefined
  try {
    return REMOTE[statfsSync(Buffer.from(path, 'latin1')).type >>> 0]
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
