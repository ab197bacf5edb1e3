import {join} from 'node:path'
import type {Command} from '../command.js'
import type {Program} from './program.js'
import {KEEP, PASSWORD, plainEnvironment, plainTime, type RunFolders, type Tool} from './tool.js'

export function resticTool({program, arguments: first, environment, version}: Program): Tool {
  const command = (folders: RunFolders, ...words: string[]): Command => ({
    program,
    arguments: [...first, '--repo', folders.repository, '--cache-dir', folders.cache, '--compression', 'auto', ...words],
    environment: {...plainEnvironment(folders), ...environment, RESTIC_PASSWORD: PASSWORD},
  })
  return {
    name: 'restic',
    version,
    init: (folders) => command(folders, 'init'),
    snapshot: (folders, source) => command(folders, 'backup', source),
    restore: (folders, target) => command(folders, 'restore', 'latest', '--target', target),
    restoredPath: (target, source) => join(target, source),
    inBucket: ({endpoint, region, bucket, prefix, accessKeyId, secretAccessKey}) => ({
      location: `s3:${endpoint}/${bucket}/${prefix}`,
      // Told the region as Pocket is, it need not ask for it.
      environment: {AWS_DEFAULT_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey},
    }),
    lifecycle: {
      snapshotAt: (folders, {source, time}) => command(folders, 'backup', '--time', plainTime(time), source),
      list: (folders) => command(folders, 'snapshots'),
      forget: (folders) => command(folders, 'forget', ...KEEP),
      prune: (folders) => command(folders, 'prune'),
      check: (folders) => command(folders, 'check'),
    },
    file: {
      restore: (folders, {source, path, target}) =>
        command(folders, 'restore', 'latest', '--target', target, '--include', join(source, path)),
      restoredPath: ({source, path, target}) => join(target, source, path),
    },
  }
}
