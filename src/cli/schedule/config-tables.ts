/** Puts tables of schedules into the text of a config file, and takes them out again, so that everything else in it stays as a person wrote it. */
import {isDeepStrictEqual} from 'node:util'
import {PocketError} from '../../errors.js'
import {isTable, parseToml, type TomlTable} from '../read-toml.js'
import {tomlText} from '../toml-text.js'

export interface ScheduleName {
  profile: string
  name: string
}

export interface ConfigText {
  path: string
  text: string
}

/** Values by the keys of the config file. */
export type ScheduleValues = Readonly<Record<string, string | boolean | readonly string[]>>

const WHAT = 'the config file'

/** The text with the table at its end. Throws `usage` when there is one already, or where no table can be put, as in a profile on one line. */
export async function withScheduleTable(config: ConfigText, schedule: ScheduleName, values: ScheduleValues): Promise<string> {
  const keys = keysOf(schedule)
  const before = await parseConfigText(config, config.text)
  if (valueAt(before, keys) !== undefined) {
    throw new PocketError('usage', `there is a schedule '${schedule.name}' already, in '${config.path}'`, {
      hint: `'pocket schedule remove ${schedule.name}' takes it out`,
    })
  }
  const lines = [`[${keys.map(keyText).join('.')}]`, ...Object.entries(values).map(([key, value]) => `${key} = ${valueText(value)}`)]
  const gap = config.text === '' ? '' : config.text.endsWith('\n') ? '\n' : '\n\n'
  const text = `${config.text}${gap}${lines.join('\n')}\n`
  const after = await parseOrUndefined(config, text)
  if (after !== undefined && isSame(withValue(before, keys, values), after)) return text
  throw new PocketError('usage', `no table can be added to '${config.path}' for the profile '${schedule.profile}'`, {
    hint: `write [profiles.${keyText(schedule.profile)}] as a table of its own, or the schedule by hand: ${lines.join(' ⏎ ')}`,
  })
}

/** The text without the table, and the empty line above it. Throws `usage` when it is no table of its own. */
export async function withoutScheduleTable(config: ConfigText, schedule: ScheduleName): Promise<string> {
  const keys = keysOf(schedule)
  const before = await parseConfigText(config, config.text)
  const lines = config.text.split('\n')
  for (const [begin, line] of lines.entries()) {
    if (!isDeepStrictEqual(headerKeys(line), keys)) continue
    const text = withoutLines(lines, begin)
    const after = await parseOrUndefined(config, text)
    if (after !== undefined && isSame(withoutValue(before, keys), withoutEmpty(after, keys))) return text
  }
  throw new PocketError('usage', `the schedule '${schedule.name}' is no table of its own in '${config.path}'`, {
    hint: 'take it out by hand',
  })
}

/** A schedule that is named as its profile is the profile's one schedule. */
function keysOf({profile, name}: ScheduleName): string[] {
  return name === profile ? ['profiles', profile, 'schedule'] : ['profiles', profile, 'schedules', name]
}

/** From the header to the last line that says something; comments after it belong to what follows. */
function withoutLines(lines: readonly string[], begin: number): string {
  const following = lines.findIndex((line, index) => index > begin && line.trimStart().startsWith('['))
  let end = following === -1 ? lines.length : following
  while (end > begin + 1 && /^\s*(#.*)?$/.test(lines[end - 1])) end--
  const from = begin > 0 && lines[begin - 1].trim() === '' ? begin - 1 : begin
  return [...lines.slice(0, from), ...lines.slice(end)].join('\n')
}

const KEY = /\s*(?:([\w-]+)|("(?:[^"\\]|\\.)*")|'([^']*)')\s*/y

/** The keys of a line `[a."b".c]`; undefined for any other line. */
function headerKeys(line: string): string[] | undefined {
  const inner = /^\s*\[([^[].*)\]\s*(?:#.*)?$/.exec(line)?.[1]
  if (inner === undefined) return undefined
  const keys: string[] = []
  for (KEY.lastIndex = 0; ; KEY.lastIndex++) {
    const [whole, bare, double, single] = KEY.exec(inner) ?? []
    if (whole === undefined) return undefined
    keys.push(double === undefined ? (bare ?? single) : unquoted(double))
    if (KEY.lastIndex === inner.length) return keys
    if (inner[KEY.lastIndex] !== '.') return undefined
  }
}

/** What JSON cannot read is no key that we have written. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? key : tomlText(key)
}

function valueText(value: ScheduleValues[string]): string {
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? tomlText(value) : `[${value.map(tomlText).join(', ')}]`
}

function parseConfigText({path}: ConfigText, text: string): Promise<TomlTable> {
  return text.trim() === '' ? Promise.resolve({}) : parseToml(text, {path, what: WHAT})
}

async function parseOrUndefined(config: ConfigText, text: string): Promise<TomlTable | undefined> {
  try {
    return await parseConfigText(config, text)
  } catch (error) {
    if (error instanceof PocketError) return undefined
    throw error
  }
}

function valueAt(table: TomlTable, keys: readonly string[]): unknown {
  let value: unknown = table
  for (const key of keys) value = isTable(value) ? value[key] : undefined
  return value
}

function withValue(table: TomlTable, [key, ...rest]: readonly string[], value: unknown): TomlTable {
  const inner = table[key]
  return {...table, [key]: rest.length === 0 ? value : withValue(isTable(inner) ? inner : {}, rest, value)}
}

function withoutValue(table: TomlTable, [key, ...rest]: readonly string[]): TomlTable {
  const inner = table[key]
  if (rest.length === 0 || !isTable(inner)) {
    const {[key]: _removed, ...others} = table
    return others
  }
  return withoutEmpty({...table, [key]: withoutValue(inner, rest)}, [key, ...rest])
}

/** Whether two documents say the same; the library's tables have a prototype of their own. */
function isSame(one: TomlTable, other: TomlTable): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)))
}

/** A table that was there only for what it held is gone with it. */
function withoutEmpty(table: TomlTable, [key, ...rest]: readonly string[]): TomlTable {
  const inner = table[key]
  if (!isTable(inner)) return table
  const {[key]: _replaced, ...others} = table
  const kept = rest.length === 0 ? inner : withoutEmpty(inner, rest)
  return Object.keys(kept).length === 0 ? others : {...others, [key]: kept}
}
