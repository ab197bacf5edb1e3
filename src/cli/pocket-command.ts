/** What all commands have in common. A command turns flags into one operation and hands what comes of it to a reporter. */
import {Command} from '@oclif/core/command'
import type {ExitCode} from './exit-codes.js'
import {type JsonFields, jsonLine} from './json-output.js'
import {type Output, standardError, standardOutput} from './output.js'
import {usageError} from './usage-error.js'

export abstract class PocketCommand extends Command {
  protected readonly output: Output = standardOutput
  protected readonly errorOutput: Output = standardError

  /** The exit code; without one, 0. */
  abstract override run(): Promise<ExitCode | undefined>

  protected printLines(lines: readonly string[]): void {
    for (const line of lines) this.output.line(line)
  }

  protected printJson(type: string, fields: JsonFields): void {
    this.output.line(jsonLine(type, fields))
  }

  /** Something that a person should know and that is no result: on stderr, as an object of type `notice` with `--json`. */
  protected notice(lines: readonly string[], {json}: {json: boolean}): void {
    if (json) this.errorOutput.line(jsonLine('notice', {message: lines.join('\n')}))
    else for (const line of lines) this.errorOutput.line(line)
  }

  protected override async catch(error: unknown): Promise<never> {
    const flags = {...this.ctor.baseFlags, ...this.ctor.flags}
    throw usageError(error, {command: this.ctor.id.replaceAll(':', ' '), flagNames: Object.keys(flags)})
  }
}
