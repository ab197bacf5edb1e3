/**
 * No engine of containers runs where tests run: the `docker` of these tests stops and starts a group of processes, which writes all the time, and leaves its data at
 * rest when it is told to end.
 */
import {randomBytes} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import type {ExecutionContext} from 'ava'
import {exitCodes} from '../../src/cli/exit-codes.js'
import {createHome, type Outcome} from '../commands/run-pocket.js'
import {followRecipe, printed, type Recipe, tryRecipe, until, writeProgram} from './recipe.js'

const NEEDS = {programs: ['setsid']}
const WHERE = 'with a stand-in for docker'

/** Both files say the same when it is at rest. */
const APP = `
cd "$1"; n=$(cat first)
sleep 1000 & other=$!
trap 'kill "$other"; sleep "$(cat closing)"; echo "$n" >second; echo closed >state; exit 0' TERM
echo open >state; echo >>starts
while :; do n=$((n + 1)); echo "$n" >first; sleep 0.02; echo "$n" >second; done`

/** In the folder of the program: the group's id, and what was asked. As with a real one, who asks it to stop may go away; it ends all the same. */
const DOCKER = `#!/bin/sh
set -eu
here=$(dirname "$0")
isRunning() { [ -e "$here/group" ] && grep -q '^State:.[^Z]' "/proc/$(cat "$here/group")/status" 2>/dev/null; }
case "$*" in
"inspect --format {{.State.Running}} app") if isRunning; then echo true; else echo false; fi ;;
"stop --time 60 app") if isRunning; then kill -TERM "$(cat "$here/group")"; while isRunning; do sleep 0.02; done; fi ;;
"start app") if ! isRunning; then setsid sh "$here/app" "$here/../data" </dev/null >/dev/null 2>&1 & echo $! >"$here/group"; fi ;;
*) echo "unknown: $*" >&2; exit 125 ;;
esac
echo "$1" >>"$here/asked"
`

/** Questions left out; the second stop is there for one that was interrupted, and returns at once. */
const ASKED = ['stop', 'stop', 'start']

interface Container extends Recipe {
  data: string
  docker: (...words: string[]) => string
  isRunning: () => boolean
  /** What docker was asked to do, so far. */
  asked: () => string[]
  read: (name: string) => string
}

async function createContainer(t: ExecutionContext, settings = ''): Promise<Container> {
  const home = await createHome(t)
  const data = join(home.path, 'data')
  await mkdir(data)
  await writeFile(join(data, 'first'), '0\n')
  await writeFile(join(data, 'closing'), '0.1\n')
  writeProgram(home.path, 'app', APP)
  const programs = writeProgram(home.path, 'docker', DOCKER)
  const docker: Container['docker'] = (...words) => printed(join(programs, 'docker'), words)
  const places = {'/var/lib/docker/volumes/app/_data': data, '/var/lib/pocket-has-stopped-app': join(home.path, 'has-stopped-app')}
  t.teardown(() => docker('stop', '--time', '60', 'app'))
  docker('start', 'app')
  const container: Container = {
    ...(await followRecipe(t, 'container', {places, settings, environment: {PATH: `${programs}:${process.env.PATH}`}}, home)),
    data,
    docker,
    isRunning: () => docker('inspect', '--format', '{{.State.Running}}', 'app') === 'true',
    asked: () =>
      readFileSync(join(programs, 'asked'), 'utf8')
        .split('\n')
        .slice(1)
        .filter((word) => word !== 'inspect' && word !== ''),
    read: (name) => readFileSync(join(data, name), 'utf8').trim(),
  }
  await until(() => existsSync(join(data, 'second')) && Number(container.read('second')) > 2, 'the container does not write')
  return container
}

/** A run of some seconds, to which `signal` is sent in the middle of its snapshot. */
async function endInSnapshot(t: ExecutionContext, {run, read, data, home}: Container, signal: NodeJS.Signals): Promise<Outcome> {
  await writeFile(join(data, 'large'), randomBytes(1_200_000))
  const ends = async (kill: () => void): Promise<void> => {
    const journals = join(home.path, '.local/state/pocket/runs')
    const said = (): string => printed('sh', ['-c', 'cat "$1"/*/* 2>&1 || true', 'sh', journals])
    await until(() => said().includes('"step":"snapshot"'), 'the snapshot does not begin')
    t.is(read('state'), 'closed')
    kill()
  }
  let ending: Promise<void> | undefined
  const outcome = await run({
    onStart: (child) => {
      ending = ends(() => void child.kill(signal))
    },
  })
  await ending
  return outcome
}

const SLOW = '[profiles.container.limits]\nupload = "500KiB"\n'

tryRecipe(
  `recipe container, ${WHERE}: it is saved at rest, runs again before the rest of the run, and its data comes back`,
  NEEDS,
  async (t) => {
    const container = await createContainer(t)
    const {save, home, asked, isRunning, restore, read, data, docker} = container
    await save()
    t.deepEqual(asked(), ASKED)
    t.true(isRunning())
    const saved = async (name: string): Promise<string> => (await home.succeed(['cat', `latest:${name}`])).stdout.trim()
    t.is(await saved('state'), 'closed')
    const count = await saved('first')
    t.is(await saved('second'), count)
    await until(() => Number(read('first')) > Number(count), 'it does not go on')
    docker('stop', '--time', '60', 'app')
    await writeFile(join(data, 'first'), '-1000000\n')
    await rm(join(data, 'second'))
    await restore()
    t.true(isRunning())
    await until(() => existsSync(join(data, 'second')) && Number(read('second')) > Number(count), 'it does not go on')
  },
)

tryRecipe(`recipe container, ${WHERE}: it is started again when the snapshot fails`, NEEDS, async (t) => {
  const {home, run, asked, isRunning} = await createContainer(t)
  await rm(join(home.path, 'repository'), {recursive: true})
  t.is((await run()).code, exitCodes.repositoryMissing)
  t.deepEqual(asked(), ASKED)
  t.true(isRunning())
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  tryRecipe(`recipe container, ${WHERE}: it is started again when the snapshot is interrupted by ${signal}`, NEEDS, async (t) => {
    const container = await createContainer(t, SLOW)
    t.is((await endInSnapshot(t, container, signal)).code, exitCodes.interrupted)
    t.deepEqual(container.asked(), ASKED)
    t.true(container.isRunning())
  })
}

tryRecipe(`recipe container, ${WHERE}: it is started again when the run is interrupted while it is being stopped`, NEEDS, async (t) => {
  const {home, run, isRunning, read, data} = await createContainer(t)
  await writeFile(join(data, 'closing'), '1.5\n')
  const marker = join(home.path, 'has-stopped-app')
  let ending: Promise<void> | undefined
  const interrupt = async (kill: () => void): Promise<void> => {
    await until(() => existsSync(marker), 'it is not being stopped')
    await delay(100)
    t.is(read('state'), 'open')
    kill()
  }
  const {code} = await run({
    onStart: (child) => {
      ending = interrupt(() => void child.kill('SIGINT'))
    },
  })
  await ending
  t.is(code, exitCodes.interrupted)
  // Had it been asked to start while it was running yet, it would not have begun anew, and be gone in a second.
  t.is(readFileSync(join(data, 'starts'), 'utf8').length, 2)
  t.true(isRunning())
  t.false(existsSync(marker))
})

tryRecipe(`recipe container, ${WHERE}: when a run was killed, the next one starts it`, NEEDS, async (t) => {
  const container = await createContainer(t, SLOW)
  const {isRunning, save, data, asked} = container
  t.is((await endInSnapshot(t, container, 'SIGKILL')).code, null)
  t.false(isRunning())
  await rm(join(data, 'large'))
  await save()
  t.true(isRunning())
  t.deepEqual(asked(), ASKED)
})

tryRecipe(`recipe container, ${WHERE}: one that was not running is saved, and stays as it is`, NEEDS, async (t) => {
  const {docker, save, isRunning} = await createContainer(t)
  docker('stop', '--time', '60', 'app')
  await save()
  t.false(isRunning())
})
