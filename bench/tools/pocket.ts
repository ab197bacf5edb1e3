import {basename, join} from 'node:path'
import type {Command} from '../command.js'
import {runCommand} from '../command.js'
import {KEEP, PASSWORD, plainEnvironment, plainTime, type RunFolders, type Tool} from './tool.js'

/** This build, as its user would start it. */
export async function pocketTool(project: string): Promise<Tool> {
  const program = process.execPath
  const script = join(project, 'bin', 'pocket.js')
  const printed = await runCommand({program, arguments: [script, '--version']})
  const command = (folders: RunFolders, ...words: string[]): Command => ({
    program,
    arguments: [script, ...words, '--repository', folders.repository],
    environment: {...plainEnvironment(folders), POCKET_PASSWORD: PASSWORD, POCKET_CACHE_DIRECTORY: folders.cache},
  })
  return {
    name: 'pocket',
    version: /\d+\.\d+\.\d+\S*/.exec(printed)?.[0] ?? 'unknown',
    init: (folders) => command(folders, 'init'),
    snapshot: (folders, source) => command(folders, 'snapshot', source),
    restore: (folders, target) => command(folders, 'restore', 'latest', '--target', target),
    restoredPath: (target) => target,
    inBucket: ({endpoint, region, bucket, prefix, accessKeyId, secretAccessKey}) => ({
      location: `s3://${bucket}/${prefix}`,
      environment: {
        POCKET_ENDPOINT: endpoint,
        POCKET_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    }),
    lifecycle: {
      snapshotAt: (folders, {source, time}) => command(folders, 'snapshot', source, '--time', plainTime(time)),
      list: (folders) => command(folders, 'list'),
      forget: (folders) => command(folders, 'forget', ...KEEP),
      prune: (folders) => command(folders, 'prune', '--grace', '0'),
      check: (folders) => command(folders, 'check'),
    },
    file: {
      restore: (folders, {path, target}) => command(folders, 'restore', `latest:${path}`, '--target', target),
      restoredPath: ({path, target}) => join(target, basename(path)),
    },
  }
}
