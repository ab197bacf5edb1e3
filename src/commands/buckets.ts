import {chooseRepository} from '../cli/chosen-repository.js'
import {configFlags, outputFlags, serverFlags} from '../cli/flags.js'
import {formatExactTime, formatLocalTime} from '../cli/format-time.js'
import {standardError} from '../cli/output.js'
import {PocketCommand} from '../cli/pocket-command.js'
import {printable} from '../cli/printable.js'
import {reachOf} from '../cli/reach.js'
import {reportWarning} from '../cli/report-error.js'
import {retryReporter} from '../cli/retry-report.js'
import {formatTable} from '../cli/table.js'

export default class Buckets extends PocketCommand {
  static override summary = 'list the buckets that the credentials see'
  static override description = 'Without --endpoint, those of the server that the config file or the AWS_* variables name, or of Amazon.'
  static override examples = ['<%= config.bin %> buckets', '<%= config.bin %> buckets --endpoint https://s3.example.org --profile work']
  static override flags = {...outputFlags, ...configFlags, ...serverFlags}

  async run(): Promise<undefined> {
    const {flags} = await this.parse(Buckets)
    const {settings} = await chooseRepository(flags)
    const reach = reachOf(settings, {onRetry: retryReporter({output: standardError, ...flags})})
    const {listBuckets} = await import('../operations/list-buckets.js')
    const buckets = await listBuckets(reach, (warning) => standardError.line(reportWarning(warning, flags)))
    if (flags.json) {
      this.printJson('buckets', {
        buckets: buckets.map(({name, createdMs}) => ({name, created: createdMs === undefined ? null : formatExactTime(nsOf(createdMs))})),
      })
    } else if (buckets.length === 0) this.output.line('no buckets')
    else {
      const rows = buckets.map(({name, createdMs}) => [printable(name), createdMs === undefined ? '' : formatLocalTime(nsOf(createdMs))])
      this.printLines(formatTable([{title: 'Bucket'}, {title: 'Made'}], rows))
    }
  }
}

function nsOf(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds)) * 1_000_000n
}
