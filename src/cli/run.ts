/**
 * The command line: finds the command, runs it, reports what went wrong, and says what to exit with. This folder turns words into calls
 * of operations and their events into text or JSON; it knows nothing of how a repository works.
 */
import {isUtf8} from 'node:buffer'
import {readFile} from 'node:fs/promises'
import {Config} from '@oclif/core/config'
import {PocketError} from '../errors.js'
import {keepPoolAwake} from '../util/wake-pool.js'
import {exitCodes} from './exit-codes.js'
import {asksForHelp, asksForJson, findCommand, isBareTopic} from './find-command.js'
import {endQuietlyOnClosedPipe, flushOutput} from './output.js'
import {reportError} from './report-error.js'

/** Runs `pocket` with these words in the package at `root`, and ends the process. */
export async function run(argv: readonly string[], root: string): Promise<never> {
  endQuietlyOnClosedPipe()
  keepPoolAwake()
  ignorePauseSignals()
  process.exitCode = await runCommand(argv, root).catch((error: unknown) => {
    const report = reportError(error, {json: asksForJson(argv), debug: Boolean(process.env.POCKET_DEBUG)})
    process.stderr.write(report.text)
    return report.exitCode
  })
  await flushOutput()
  process.exit()
}

/** What cannot pause is not to be ended by who asks it to, nor is Node to let a debugger in: see `becomePausable`. */
function ignorePauseSignals(): void {
  if (process.platform === 'win32') return
  for (const name of ['SIGUSR1', 'SIGUSR2'] as const) process.on(name, () => undefined)
}

async function runCommand(argv: readonly string[], root: string): Promise<number> {
  await refuseLostBytes(argv)
  const config = await Config.load({root})
  if (argv.length === 0 || asksForHelp(argv) || isBareTopic(argv, config.commandIDs)) {
    const {showHelp} = await import('./show-help.js')
    await showHelp(config, argv)
    return exitCodes.done
  }
  const {id, argv: rest} = findCommand(argv, config.commandIDs)
  return (await config.runCommand<number | undefined>(id, rest)) ?? exitCodes.done
}

/** Node puts U+FFFD for what is not UTF-8 in an argument, which would then name something else. Throws `usage` where the system can tell. */
async function refuseLostBytes(argv: readonly string[]): Promise<void> {
  const doubtful = argv.find((word) => word.includes('\uFFFD'))
  if (doubtful === undefined) return
  // Only Linux has it; elsewhere nothing can be told, and the word is taken as it came.
  const given = await readFile('/proc/self/cmdline').catch(() => undefined)
  if (given === undefined || isUtf8(given)) return
  throw new PocketError('usage', `'${doubtful}' is not UTF-8, and such a name cannot be given on the command line`, {
    hint: 'name the folder above it, or a symbolic link to it',
  })
}
