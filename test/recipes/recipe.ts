/** A recipe of docs/recipes.md in a home of its own: its text is followed as it stands, but for paths and names. */
import {execFile, execFileSync, type ExecFileException, spawnSync} from 'node:child_process'
import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import test, {type ExecutionContext} from 'ava'
import {createHome, errorOf, type Home, type JsonObject, type Outcome, PROGRAM, type RunOptions} from '../commands/run-pocket.js'
import {IS_ROOT} from '../users.js'

const page = readFileSync(new URL('../../../docs/recipes.md', import.meta.url), 'utf8')

/** The names of recipes, in the order of the page. */
export const RECIPES = [...page.matchAll(/^```toml (\w+)$/gm)].map(([, name]) => name)

/** The fenced block of a recipe: its part of the config file, or the lines for the shell that bring things back. */
export function blockOf(recipe: string, language: 'toml' | 'sh'): string {
  const fence = `\`\`\`${language} ${recipe}\n`
  const start = page.indexOf(fence)
  if (start < 0) throw new Error(`docs/recipes.md has no block '${language} ${recipe}'`)
  return page.slice(start + fence.length, page.indexOf('\n```', start) + 1)
}

export interface Recipe {
  home: Home
  /** Runs the profile as its schedule does, and gives what came of it. */
  run: (options?: RunOptions) => Promise<Outcome>
  /** The same, and fails the test unless it has saved a snapshot and all else went well. Gives its id. */
  save: () => Promise<string>
  /** Runs it, and fails the test unless a hook failed, nothing was saved and `words` are told. */
  fail: (words: RegExp) => Promise<void>
  /** Follows the lines that bring things back. */
  restore: () => Promise<void>
  /** What the last run's hooks have printed. */
  output: () => Promise<string>
  snapshots: () => Promise<JsonObject[]>
}

export interface RecipeOptions {
  /** What stands on the page, and what takes its place; each must be there. */
  places: Readonly<Record<string, string>>
  environment?: Readonly<Record<string, string>>
  /** More lines for the config file. */
  settings?: string
}

export async function followRecipe(t: ExecutionContext, name: string, options: RecipeOptions, home?: Home): Promise<Recipe> {
  const place = home ?? (await createHome(t))
  const config = replaced(blockOf(name, 'toml'), options.places)
  const profile = /^\[profiles\.(\w+)\]$/m.exec(config)![1]
  const repository = join(place.path, 'repository')
  await place.succeed(['init', '--repository', repository, '--no-encryption'])
  const folder = join(place.path, '.config/pocket')
  mkdirSync(folder, {recursive: true})
  const schedule = `[profiles.${profile}.schedule]\ndaily_at = "02:00"\n`
  writeFileSync(join(folder, 'config.toml'), `[repository]\nlocation = "${repository}"\n${config}${schedule}${options.settings ?? ''}`)
  const program = writeProgram(place.path, 'pocket', `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  const environment = {...options.environment, PATH: `${program}:${options.environment?.PATH ?? process.env.PATH}`}
  const run: Recipe['run'] = (extra) => place.run(['schedule', 'run', profile, '--json'], {environment, ...extra})
  const snapshots = async (): Promise<JsonObject[]> => (await place.json(['list']))[0].snapshots as JsonObject[]
  return {
    home: place,
    run,
    snapshots,
    save: async () => {
      const {code, stdout, stderr} = await run()
      t.is(code, 0, `${stdout}${stderr}`)
      return (JSON.parse(stdout) as JsonObject).snapshot_id as string
    },
    fail: async (words) => {
      const before = await snapshots()
      const outcome = await run()
      t.is(outcome.code, 1, outcome.stdout)
      t.like(errorOf(outcome), {code: 'hook-failed'})
      t.regex(outcome.stderr, words)
      t.deepEqual(await snapshots(), before)
    },
    restore: () => shell(replaced(blockOf(name, 'sh'), options.places), {...environment, HOME: place.path}),
    output: async () => {
      const [{runs}] = await place.json(['runs'])
      const {stdout} = await place.succeed(['runs', (runs as JsonObject[]).at(-1)!.id as string])
      return stdout
    },
  }
}

/** A program for the front of the path, in a folder of the home; gives the folder. */
export function writeProgram(home: string, name: string, text: string): string {
  const folder = join(home, 'programs')
  mkdirSync(folder, {recursive: true})
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), 0o755)
  return folder
}

/** Follows lines for the shell, up to the first that fails, which is an error with what they said. */
export function shell(lines: string, environment: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-euc', lines], {env: environment, cwd: '/'}, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) resolve()
      else reject(new Error(`${lines}\n${stdout}${stderr}`, {cause: error}))
    })
  })
}

/** Runs a program, and gives what it prints, without the last line's end. */
export function printed(program: string, words: readonly string[], environment?: NodeJS.ProcessEnv): string {
  return execFileSync(program, words, {
    encoding: 'utf8',
    env: {...process.env, ...environment},
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

export async function until(isSo: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  const endMs = Date.now() + limitMs
  while (!isSo()) {
    if (Date.now() > endMs) throw new Error(what)
    await delay(20)
  }
}

export interface Needs {
  programs: readonly string[]
  isRoot?: boolean
  /** Why it cannot be tried here all the same. */
  otherwise?: () => string | undefined
}

/** Declares a test of a recipe; where something is missing it is skipped, and its title says what. */
export function tryRecipe(title: string, needs: Needs, body: (t: ExecutionContext) => Promise<void>): void {
  const reason = whyNot(needs)
  if (reason === undefined) test.serial(title, body)
  else test.serial.skip(`${title} (${reason})`, body)
}

function whyNot({programs, isRoot, otherwise}: Needs): string | undefined {
  if (process.platform !== 'linux') return 'this is no Linux'
  if (isRoot && !IS_ROOT) return 'only root can'
  const missing = programs.find((program) => !hasProgram(program))
  return missing === undefined ? otherwise?.() : `there is no ${missing}`
}

function hasProgram(program: string): boolean {
  return program.includes('/') ? existsSync(program) : spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0
}

function replaced(text: string, places: Readonly<Record<string, string>>): string {
  // All at once, lest what took one's place be taken for another.
  const all = Object.keys(places).toSorted((left, right) => right.length - left.length)
  if (all.length === 0) return text
  const pattern = new RegExp(all.map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  return text.replaceAll(pattern, (found) => places[found])
}
