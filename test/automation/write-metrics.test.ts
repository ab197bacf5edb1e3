import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {metricsText, writeMetrics} from '../../src/automation/write-metrics.js'
import {PocketError} from '../../src/errors.js'
import {createRunPlace} from './run-fixture.js'

/** https://prometheus.io/docs/instrumenting/exposition_formats/, "Text format details". */
const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf))( -?\d+)?$/
const META = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/

/** Samples by name and labels. Throws for what the format does not allow. */
function parse(text: string): Map<string, number> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const samples = new Map<string, number>()
  const typed = new Set<string>()
  const helped = new Set<string>()
  let current = ''
  const seen = new Set<string>()
  for (const line of text.slice(0, -1).split('\n')) {
    const meta = META.exec(line)
    if (meta) {
      const [, kind, name, rest] = meta
      const names = kind === 'HELP' ? helped : typed
      if (names.has(name)) throw new Error(`${kind} twice: ${line}`)
      if (kind === 'TYPE' && !['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) throw new Error(line)
      names.add(name)
      if (name !== current && seen.has(name)) throw new Error(`lines of ${name} are not together`)
      current = name
      seen.add(name)
      continue
    }
    const sample = SAMPLE.exec(line)
    if (!sample) throw new Error(`no sample: ${line}`)
    const [, name, labels = '', value] = sample
    if (name !== current || !typed.has(name)) throw new Error(`sample of ${name} below ${current}`)
    const key = `${name}{${labels}}`
    if (samples.has(key)) throw new Error(`twice: ${key}`)
    samples.set(key, Number(value))
  }
  return samples
}

test('metrics: are in the text format of Prometheus, and tell of the last success and the last run', async (t) => {
  const place = await createRunPlace(t)
  const {snapshot} = await place.run()
  const begun = Date.now()
  await place.run({withRepository: () => Promise.reject(new PocketError('connection-failed', 'no'))})
  const path = join(place.folder, 'metrics', 'pocket.prom')
  await writeMetrics(path, [place.profile, {...place.profile, name: 'never-run'}], place)
  t.is(statSync(path).mode & 0o777, 0o644)
  const samples = parse(readFileSync(path, 'utf8'))
  const of = (name: string, more = ''): number | undefined => samples.get(`pocket_${name}{profile="home"${more}}`)
  t.true(Math.abs(of('last_success_timestamp_seconds')! - begun / 1000) < 60)
  t.is(of('last_run_status', ',status="failed"'), 1)
  t.is(of('last_run_status', ',status="succeeded"'), 0)
  t.true(of('last_run_duration_seconds')! >= 0)
  t.is(of('last_run_bytes_added'), snapshot!.summary.bytesAdded)
  t.is(of('last_run_files'), snapshot!.summary.total.files)
  t.is(of('run_failures'), 1)
  t.is(of('well'), 0)
  t.is(samples.get('pocket_well{profile="never-run"}'), 1)
  const page = readFileSync(new URL('../../../docs/runs-and-alarms.md', import.meta.url), 'utf8')
  for (const key of samples.keys()) {
    const [name] = key.split('{')
    t.true(page.includes(`\`${name}\``) || page.includes(`\`${name.replace('pocket_last_run', '')}\``), name)
  }
  t.is(samples.get('pocket_last_success_timestamp_seconds{profile="never-run"}'), undefined)
})

test('metrics: a name with quotes, backslashes and line breaks stays one label', (t) => {
  const status = {isWell: true, isSilent: false, due: {}, troubles: [], pendingAlarms: 0, runs: 0, failures: 0}
  const samples = parse(metricsText([{...status, profile: 'a"b\\c\nd'}]))
  t.is(samples.get('pocket_runs{profile="a\\"b\\\\c\\nd"}'), 0)
})

test('metrics: a place that cannot be written is an error that names it', async (t) => {
  const place = await createRunPlace(t)
  await t.throwsAsync(writeMetrics('/proc/pocket.prom', [place.profile], place), {
    instanceOf: PocketError,
    message: /'\/proc\/pocket\.prom'/,
  })
})
