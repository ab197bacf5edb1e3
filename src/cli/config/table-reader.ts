/** A table of the config file that is read key by key; a key that nobody has asked for is an error, because a setting that is misspelled would be missed when it matters. */
import type {PocketError} from '../../errors.js'
import {absolutePath, unknownKey, wrong} from '../config-errors.js'
import {isTable, type TomlTable} from '../read-toml.js'

export interface TablePlace {
  /** Of the file. */
  path: string
  /** The table's own, as in `profiles.home.hooks`. */
  name: string
}

/** Every reader throws `usage` for a value of the wrong kind, and gives undefined for a key that is not there. */
export class TableReader {
  readonly #table: TomlTable
  readonly #place: TablePlace
  readonly #asked = new Set<string>()

  constructor(table: TomlTable, place: TablePlace) {
    this.#table = table
    this.#place = place
  }

  /** The last part of the table's name. */
  get name(): string {
    return this.#place.name.slice(this.#place.name.lastIndexOf('.') + 1)
  }

  get path(): string {
    return this.#place.path
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined
  }

  /** Where the value of `key` stands, for messages. */
  from(key: string): string {
    return `'${key}' in [${this.#place.name}] of ${this.#place.path}`
  }

  text(key: string): string | undefined {
    const value = this.#get(key)
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw this.wrong(key, 'is not text', 'write it in quotes, or leave the line out')
  }

  /** One text, or a list of them. */
  texts(key: string): string[] | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    const list: unknown[] = Array.isArray(value) ? value : [value]
    if (list.every((one): one is string => typeof one === 'string' && one !== '')) return list
    throw this.wrong(key, 'is neither text nor a list of texts', "write it as 'text' or ['text', 'text']")
  }

  boolean(key: string): boolean | undefined {
    const value = this.#get(key)
    if (value === undefined || typeof value === 'boolean') return value
    throw this.wrong(key, 'is neither true nor false', 'write true or false without quotes')
  }

  /** Whether it says `false`, where a table could stand. */
  isOff(key: string): boolean {
    return this.#get(key) === false
  }

  /** A whole number from 1 to `most`. */
  count(key: string, most: number): number | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value)
    throw this.wrong(key, `is not a whole number from 1 to ${most}`, 'write a number without quotes')
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(key)
    const choice = choices.find((each) => each === text)
    if (text === undefined || choice !== undefined) return choice
    throw this.wrong(key, `is none of ${choices.join(', ')}`, `write one of them in quotes, not '${text}'`)
  }

  /** A path from the root, or from the home folder. */
  file(key: string): string | undefined {
    const text = this.text(key)
    return text && absolutePath(text, {key, path: this.#place.path})
  }

  /** Paths from the root, or from the home folder. */
  files(key: string): string[] | undefined {
    return this.texts(key)?.map((text) => absolutePath(text, {key, path: this.#place.path}))
  }

  /** What `parse` makes of a text or a number; `from` names its place. */
  parsed<Value>(key: string, parse: (text: string, from: string) => Value): Value | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    if (typeof value === 'string' || typeof value === 'number') return parse(String(value), this.from(key))
    throw this.wrong(key, 'is not text', 'write it in quotes')
  }

  table(key: string): TableReader | undefined {
    const value = this.#get(key)
    if (value === undefined) return undefined
    if (isTable(value)) return new TableReader(value, {path: this.#place.path, name: `${this.#place.name}.${key}`})
    throw this.wrong(key, 'is not a table', `write [${this.#place.name}.${key}] on a line of its own`)
  }

  /** The tables below a table, by their names. */
  tables(key: string): TableReader[] {
    const all = this.table(key)
    return all?.keys().flatMap((name) => all.table(name) ?? []) ?? []
  }

  /** A list whose items are texts or tables. */
  items(key: string): (string | TableReader)[] {
    const value = this.#get(key)
    if (value === undefined) return []
    const list: unknown[] = Array.isArray(value) ? value : [value]
    return list.map((item) => {
      if (typeof item === 'string' && item !== '') return item
      if (isTable(item)) return new TableReader(item, {path: this.#place.path, name: `${this.#place.name}.${key}`})
      throw this.wrong(key, 'is neither text nor a table', "write it as 'text', {key = value}, or a list of these")
    })
  }

  keys(): string[] {
    return Object.keys(this.#table)
  }

  /** The table as it was parsed. */
  raw(): TomlTable {
    return this.#table
  }

  wrong(key: string, problem: string, hint: string): PocketError {
    return wrong(this.#place.path, `'${key}' in [${this.#place.name}] ${problem}`, hint)
  }

  /** Throws `usage` for a key that was not asked for. */
  finish(): void {
    const unknown = this.keys().find((key) => !this.#asked.has(key))
    if (unknown === undefined) return
    throw unknownKey(unknown, [...this.#asked], `in [${this.#place.name}] of '${this.#place.path}'`)
  }

  #get(key: string): unknown {
    this.#asked.add(key)
    return Object.hasOwn(this.#table, key) ? this.#table[key] : undefined
  }
}
