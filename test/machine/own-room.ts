/**
 * A systemd, or a cron, that runs as the first process of a namespace of its own, with a copy-on-write root: whatever it and what it starts write, remove or
 * clean up is gone with it. The real root is out of its reach, and so are /dev, /sys and the settings of the kernel.
 */
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import type {ExecutionContext} from 'ava'
import {type CommandOutcome, runCommand} from '../../src/machine/machine.js'

const SYSTEMD = '/lib/systemd/systemd'
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const UNSHARE = ['--kill-child=KILL', '--fork', '--pid', '--mount', '--uts', '--ipc', '--cgroup', '--mount-proc']

/** Ends with the code 9 unless its root is one of its own: a systemd that boots cleans up what it believes to be its machine's. */
const ROOM = `
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/room/upper /run/room/work /run/room/root
mount -t overlay overlay -o lowerdir=/,upperdir=/run/room/upper,workdir=/run/room/work /run/room/root
cd /run/room/root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount --rbind /sys sys
mount -o remount,ro,bind sys
mount -t tmpfs tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mkdir dev/shm dev/pts
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs tmpfs run
mkdir -p old
pivot_root . old
umount -l /old
[ "$(stat -f -c %T /)" = overlayfs ] || exit 9
[ "$(awk '$5 == "/" {print $NF}' /proc/self/mountinfo | grep -c upperdir=/run/room/upper)" = 1 ] || exit 9
# Nothing is started that the machine starts when it boots.
rm -rf /etc/systemd/system/* /etc/systemd/user/* /lib/systemd/system/*.wants /lib/systemd/system-generators /lib/systemd/user/*.wants
rm -rf /lib/systemd/user-generators /var/lib/systemd /var/log/journal
rm -f /lib/systemd/system/systemd-tmpfiles-* /lib/systemd/system/systemd-journald* /lib/systemd/system/systemd-sysctl.service
: > /etc/fstab
mkdir -p /etc/systemd/system /var/lib/systemd
`

export interface Room {
  /** Runs a program in there. */
  run: (words: readonly string[], environment?: Readonly<Record<string, string>>, user?: number) => Promise<CommandOutcome>
}

export interface SystemdRoom extends Room {
  /** Starts a manager for the timers of this user, who has the folder as home. */
  startUserManager(user: number, home: string): Promise<void>
}

/** Why no namespace can be made here that has a root of its own; undefined when one can. */
export const NO_ROOM = whyNot()

/** Why no systemd can be booted here; undefined when one can. */
export const NO_SYSTEMD = NO_ROOM ?? (existsSync(SYSTEMD) ? undefined : 'there is no systemd')

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'this is no Linux'
  if (process.getuid?.() !== 0) return 'only root can make a room of its own'
  const {status} = spawnSync('unshare', [...UNSHARE, 'bash', '-c', ROOM], {stdio: 'ignore'})
  return status === 0 ? undefined : 'no namespace with a root of its own can be made here'
}

/** Ends with the test, or with this process, whatever becomes of it. Throws when it does not boot within some seconds. */
export async function bootSystemd(t: ExecutionContext): Promise<SystemdRoom> {
  const room = await openRoom(t, [SYSTEMD, '--system', '--unit=timers.target', '--log-target=null', '--show-status=no'])
  const isUp = async (): Promise<boolean> =>
    ['running', 'degraded'].includes((await room.run(['systemctl', 'is-system-running'])).stdout.trim())
  await until(isUp, 'systemd does not boot')
  return {...room, startUserManager: (user, home) => startUserManager(room.run, user, home)}
}

/** With this as its first process. Ends as `bootSystemd`. */
export async function openRoom(t: ExecutionContext, words: readonly string[]): Promise<Room> {
  const begin = `${ROOM}exec env -i container=docker PATH=${PATH} "$@"`
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...UNSHARE, 'bash', '-c', begin, 'bash', ...words], {stdio: 'ignore'})
  const ended = new Promise((resolve) => child.on('exit', resolve))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const id = await firstProcess(child, words[0])
  const run: Room['run'] = (command, environment = {}, user = 0) => {
    const settings = Object.entries({PATH, HOME: '/root', ...environment}).map(([key, value]) => `${key}=${value}`)
    const asUser = user === 0 ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
    return runCommand('nsenter', ['-t', String(id), '-p', '-m', '-u', '-i', ...asUser, 'env', '-i', '-C', '/', ...settings, ...command])
  }
  return {run}
}

async function startUserManager(run: Room['run'], user: number, home: string): Promise<void> {
  const runtime = `/run/user/${user}`
  await run(['install', '-d', '-o', String(user), '-m', '700', '/run/user', runtime])
  const properties = [
    `--uid=${user}`,
    '--property=Delegate=yes',
    `--setenv=XDG_RUNTIME_DIR=${runtime}`,
    `--setenv=HOME=${home}`,
    `--setenv=PATH=${PATH}`,
  ]
  await run(['systemd-run', '--unit=test-user-manager', '--no-block', ...properties, SYSTEMD, '--user', '--unit=timers.target'])
  const answers = async (): Promise<boolean> =>
    (await run(['systemctl', '--user', 'show', '--property=Version'], {XDG_RUNTIME_DIR: runtime, HOME: home}, user)).code === 0
  await until(answers, 'the manager of the user does not start')
}

/** Resolves when `isSo` does with true. */
export async function until(isSo: () => Promise<boolean>, otherwise: string, longestMs = 20_000): Promise<void> {
  const endMs = performance.now() + longestMs
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(otherwise)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The number that the first process of the namespace has outside of it. */
async function firstProcess(child: ChildProcess, name: string): Promise<number> {
  let id = ''
  await until(async () => {
    const list = `/proc/${child.pid}/task/${child.pid}/children`
    id = existsSync(list) ? readFileSync(list, 'utf8').trim() : ''
    return id !== '' && readFileSync(`/proc/${id}/cmdline`, 'utf8').startsWith(name)
  }, 'no namespace was made')
  return Number(id)
}
