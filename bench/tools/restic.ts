import {join} from 'node:path'
import type {Command} from '../command.js'
import type {Program} from './program.js'
import {PASSWORD, plainEnvironment, type RunFolders, type Tool} from './tool.js'

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
  }
}
