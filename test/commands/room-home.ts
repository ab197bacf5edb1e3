/** A person's home in a room of its own, with a repository and a profile. */
import type {ExecutionContext} from 'ava'
import type {Room} from '../machine/own-room.js'
import {type JsonObject, PROGRAM} from './run-pocket.js'

export interface RoomHome {
  path: string
  pocket(words: readonly string[]): Promise<{code: number; stdout: string; stderr: string}>
  json(words: readonly string[]): Promise<JsonObject>
}

/** A home in the room's own /tmp, with a repository and a profile `home` of a folder. */
export async function makeHome(t: ExecutionContext, room: Room, user = 0): Promise<RoomHome> {
  const path = `/tmp/home-${user}`
  const environment = {HOME: path, XDG_RUNTIME_DIR: `/run/user/${user}`, POCKET_STATE_DIRECTORY: `${path}/state`}
  const run = (words: readonly string[]) => room.run(words, environment, user)
  const config = `[repository]
location = "${path}/repository"
password_file = "${path}/password"

# Mine.
[profiles.home]
paths = ["${path}/documents"]
`
  const script = `mkdir -p ${path}/documents ${path}/.config/pocket && echo 1 > ${path}/documents/a && echo secret-of-ada > ${path}/password`
  t.is((await run(['sh', '-c', script])).code, 0)
  const pocket: RoomHome['pocket'] = (words) => run([process.execPath, PROGRAM, ...words])
  const made = await pocket(['init', '--repository', `${path}/repository`, '--password-file', `${path}/password`])
  t.is(made.code, 0, made.stderr)
  await run(['sh', '-c', `cat > ${path}/.config/pocket/config.toml <<'END'\n${config}END`])
  const json: RoomHome['json'] = async (words) => {
    const {code, stdout, stderr} = await pocket([...words, '--json'])
    t.is(code, 0, stderr)
    return JSON.parse(stdout) as JsonObject
  }
  return {path, pocket, json}
}
