import {readFile} from 'node:fs/promises'
import test from 'ava'
import {BUCKET_SETTINGS} from '../../src/cli/settings.js'
import {createHome, errorOf, type JsonObject} from './run-pocket.js'

async function commands(t: Parameters<typeof createHome>[0]): Promise<{home: Awaited<ReturnType<typeof createHome>>; list: JsonObject[]}> {
  const home = await createHome(t)
  const [help] = await home.json(['help'])
  t.like(help, {schema: 1, type: 'commands'})
  return {home, list: help.commands}
}

test.serial('help: every command has --json, --quiet and an example with long flags', async (t) => {
  const {home, list} = await commands(t)
  t.deepEqual(
    list.map(({command}) => command),
    [
      'agent',
      'buckets',
      'cache clear',
      'cache list',
      'cat',
      'check',
      'completion',
      'config check',
      'config edit',
      'config path',
      'config show',
      'copy',
      'diff',
      'drill',
      'forget',
      'help',
      'init',
      'key add',
      'key change',
      'key list',
      'key remove',
      'list',
      'ls',
      'objects',
      'pause',
      'pin',
      'prune',
      'repair from',
      'repair index',
      'repair packs',
      'repair snapshots',
      'restore',
      'resume',
      'runs',
      'schedule add',
      'schedule list',
      'schedule logs',
      'schedule remove',
      'schedule run',
      'schedule tick',
      'snapshot',
      'stats',
      'status',
      'tag',
      'undelete',
      'watch',
    ],
  )
  for (const {command, flags, summary} of list) {
    const names = flags.map(({name}: {name: string}) => name)
    t.true(names.includes('json') && names.includes('quiet'), command)
    const {stdout} = await home.succeed([...command.split(' '), '--help'])
    t.true(stdout.startsWith(`${summary}\n`), command)
    t.regex(stdout, new RegExp(`\\nEXAMPLES?\\n +\\$ pocket ${command}`), command)
    t.notRegex(stdout.slice(stdout.indexOf('EXAMPLE')), / -[a-z] /, command)
  }
})

test.serial('help: of pocket, of a topic, of a command, in both spellings', async (t) => {
  const home = await createHome(t)
  const {stdout: root} = await home.succeed(['help'])
  t.is((await home.succeed([])).stdout, root)
  t.is((await home.succeed(['-h'])).stdout, root)
  t.is((await home.succeed(['help', 'snapshot'])).stdout, (await home.succeed(['snapshot', '--help'])).stdout)
  t.is((await home.succeed(['help', 'key'])).stdout, (await home.succeed(['key', '--help'])).stdout)
  t.is((await home.succeed(['help', 'key', 'add'])).stdout, (await home.succeed(['key', 'add', '-h'])).stdout)
  t.false(root.includes('\u001b'))
})

test.serial('help: a topic that is no command by itself shows its commands', async (t) => {
  const home = await createHome(t)
  const {stdout} = await home.succeed(['repair'])
  for (const command of ['repair index', 'repair packs', 'repair snapshots', 'repair from']) t.true(stdout.includes(command), command)
  t.is((await home.run(['repair', 'everything'])).code, 2)
})

test.serial('help: the usage of every command is whole', async (t) => {
  const home = await createHome(t)
  for (const words of [['init'], ['key', 'add'], ['key', 'change'], ['snapshot'], ['restore']]) {
    const {stdout} = await home.succeed([...words, '--help'])
    const usage = stdout.slice(stdout.indexOf('USAGE'), stdout.indexOf('FLAGS')).replace(/\s+/g, ' ')
    t.true(usage.includes('--password-file PATH | --password-command COMMAND | --key-file PATH'), usage)
    t.notRegex(usage, /\| ?[\]|]|\[ ?[\]|]/, 'no empty alternatives')
  }
})

test.serial('usage: unknown commands and flags end with 2 and a suggestion', async (t) => {
  const home = await createHome(t)
  const cases: [string[], string, RegExp][] = [
    [['snapsht'], "unknown command 'snapsht'", /'pocket snapshot'/],
    [['help', 'snapsht'], "unknown command 'snapsht'", /'pocket snapshot'/],
    [['list', '--tga', 'x'], "unknown flag '--tga'", /'--tag'/],
    [['list', 'extra'], "unexpected argument 'extra'", /'pocket list --help'/],
    [['cat'], 'missing argument REFERENCE', /'pocket cat --help'/],
    [['list', '--host'], 'flag --host expects a value', /help/],
    [['list', '--latest', 'many'], '--latest: Expected an integer but received: many', /help/],
  ]
  for (const [words, message, hint] of cases) {
    const outcome = await home.run([...words, '--json'])
    t.is(outcome.code, 2, words.join(' '))
    t.like(errorOf(outcome), {code: 'usage', message, exit_code: 2})
    t.regex(errorOf(outcome).hint, hint)
    t.is(outcome.stdout, '')
  }
})

test.serial('version: in three spellings, and as JSON', async (t) => {
  const home = await createHome(t)
  const {version} = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  for (const word of ['--version', '-v', 'version']) t.is((await home.succeed([word])).stdout, `pocket ${version}\n`)
  const [json] = await home.json(['version'])
  t.deepEqual(json, {schema: 1, type: 'version', version, node: process.versions.node})
})

test.serial('help: flags of buckets are named by each command, and described by help s3, init and buckets', async (t) => {
  const home = await createHome(t)
  const {stdout: snapshot} = await home.succeed(['snapshot', '--help'])
  t.regex(snapshot, /S3 FLAGS\n( {2}.*\n)* {2}.*--endpoint /)
  t.regex(snapshot, /'pocket help s3'/)
  t.false(snapshot.includes('--endpoint='))
  const {stdout: all} = await home.succeed(['help', 's3'])
  for (const name of Object.keys(BUCKET_SETTINGS)) t.true(all.includes(`${name}=`) || all.includes(`${name} `), name)
  t.true((await home.succeed(['init', '--help'])).stdout.includes('--endpoint=URL'))
  t.true((await home.succeed(['buckets', '--help'])).stdout.includes('--endpoint=URL'))
  t.is((await home.succeed(['s3', '--help'])).stdout, all)
})
