/** oclif's help, in which the many flags of buckets do not bury the few of each command. */
import type {Command} from '@oclif/core/command'
import {CommandHelp, Help} from '@oclif/core/help'
import {BUCKET_GROUP} from './flags.js'

/** Commands that are about buckets describe these flags themselves. */
const DESCRIBES_ALL = new Set(['init', 'buckets'])

type FlagLines = [string, string | undefined][]

class PocketCommandHelp extends CommandHelp {
  protected override flags(flags: Command.Flag.Any[]): FlagLines | undefined {
    const isShort = flags.length > 0 && flags.every(isBucketFlag) && !DESCRIBES_ALL.has(this.command.id)
    return isShort ? this.#namesOf(flags) : super.flags(flags)
  }

  /** One word stands for all flags of buckets. */
  protected override defaultUsage(): string {
    const {command} = this
    const others = Object.entries(command.flags).filter(([, flag]) => !isBucketFlag(flag))
    if (others.length === Object.keys(command.flags).length) return super.defaultUsage()
    this.command = {...command, flags: Object.fromEntries(others)}
    try {
      return `${super.defaultUsage()} [${BUCKET_GROUP} FLAGS]`
    } finally {
      this.command = command
    }
  }

  /** Of all flags of buckets, whichever command has them. */
  bucketFlags(flags: Command.Flag.Any[]): string {
    return this.section('FLAGS', super.flags(flags) ?? [])
  }

  text(header: string, lines: readonly string[]): string {
    return this.section(header, lines.join('\n'))
  }

  #namesOf(flags: readonly Command.Flag.Any[]): FlagLines {
    const names = flags.map((flag) => `--${flag.type === 'boolean' && flag.allowNo ? '[no-]' : ''}${flag.name}`)
    const width = this.opts.maxWidth - 2 * this.indentSpacing
    const lines = ['']
    for (const name of names) {
      const longer = `${lines.at(-1)} ${name}`.trim()
      if (longer.length > width) lines.push(name)
      else lines[lines.length - 1] = longer
    }
    return [...lines, "for repositories in buckets: 'pocket help s3' describes them"].map((line) => [line, undefined])
  }
}

export class PocketHelp extends Help {
  protected override CommandHelpClass = PocketCommandHelp

  /** What there is to say of buckets, for all commands at once. */
  showBucketHelp(): void {
    const help = new PocketCommandHelp(this.config.findCommand('init', {must: true}), this.config, this.opts)
    const found = new Map<string, Command.Flag.Any>()
    for (const {flags} of this.config.commands) {
      for (const [name, flag] of Object.entries(flags)) if (isBucketFlag(flag)) found.set(name, {...flag, name})
    }
    const sections = [
      'repositories in buckets, of Amazon S3 and of every server that speaks its protocol',
      help.text('USAGE', ['$ pocket COMMAND --repository s3://BUCKET/PREFIX [S3 FLAGS]']),
      help.bucketFlags([...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
      help.text('DESCRIPTION', DESCRIPTION),
      help.text('EXAMPLES', EXAMPLES),
    ]
    this.log(`${sections.join('\n\n')}\n`)
  }
}

const DESCRIPTION = [
  'Credentials are found as every tool of Amazon finds them: AWS_* variables, the files in ~/.aws,',
  'SSO, web identity, roles of containers and machines. They never stand on the command line.',
  '',
  'Each of these flags has a variable (--endpoint: POCKET_ENDPOINT), and a key in the',
  'config file (endpoint). Sizes are 500K, 10M or 1GiB. A command has those flags that have',
  'an effect on what it does.',
  '',
  'docs/s3.md tells how to set up Amazon, Ceph, MinIO, R2, Garage, B2 and Wasabi, and what it costs.',
]

const EXAMPLES = [
  '$ pocket init s3://my-bucket/pocket',
  '',
  '$ pocket init s3://my-bucket/pocket --endpoint https://s3.example.org --create-bucket',
  '',
  '$ pocket snapshot --repository s3://my-bucket/pocket --limit-upload 10M ~/Documents',
]

function isBucketFlag(flag: {helpGroup?: string}): boolean {
  return flag.helpGroup === BUCKET_GROUP
}
