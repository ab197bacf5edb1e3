/**
 * The command line: finds the command, runs it, reports what went wrong, and says what to exit with. This folder turns words into calls
 * of operations and their events into text or JSON; it knows nothing of how a repository works.
 */
import {Config} from '@oclif/core/config'
import {exitCodes} from './exit-codes.js'
import {asksForHelp, asksForJson, findCommand} from './find-command.js'
import {endQuietlyOnClosedPipe, flushOutput} from './output.js'
import {reportError} from './report-error.js'

/** Runs `pocket` with these words in the package at `root`, and ends the process. */
export async function run(argv: readonly string[], root: string): Promise<never> {
  endQuietlyOnClosedPipe()
  process.exitCode = await runCommand(argv, root).catch((error: unknown) => {
    const report = reportError(error, {json: asksForJson(argv), debug: Boolean(process.env.POCKET_DEBUG)})
    process.stderr.write(report.text)
    return report.exitCode
  })
  await flushOutput()
  process.exit()
}

async function runCommand(argv: readonly string[], root: string): Promise<number> {
  const config = await Config.load({root})
  if (argv.length === 0 || asksForHelp(argv)) {
    const {showHelp} = await import('./show-help.js')
    await showHelp(config, argv)
    return exitCodes.done
  }
  const {id, argv: rest} = findCommand(argv, config.commandIDs)
  return (await config.runCommand<number | undefined>(id, rest)) ?? exitCodes.done
}
