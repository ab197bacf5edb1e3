import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {SeededBytes} from './seed.js'

const FILES_PER_FOLDER = 1000
const FOLDERS_PER_FOLDER = 25
const LEAST_BYTES = 64
const MOST_BYTES = 4096
const WORDS = 4096

/** Writes files 0 to `count` - 1 below `folder`: prose of 64 bytes to 4 KiB, a thousand to a folder. */
export function writeSmallFiles(folder: string, count: number): void {
  const prose = new Prose()
  for (let number = 0; number < count; number += FILES_PER_FOLDER) mkdirSync(folderOf(folder, number), {recursive: true})
  for (let number = 0; number < count; number++) writeFileSync(pathOf(folder, number), prose.file(number, 0))
}

/** Gives every thousandth of `count` files the contents of `version`; version 0 is what `writeSmallFiles` wrote. Returns how many. */
export function changeSmallFiles(folder: string, count: number, version: number): number {
  const prose = new Prose()
  let changed = 0
  for (let number = 500; number < count; number += 1000) {
    writeFileSync(pathOf(folder, number), prose.file(number, version))
    changed += 1
  }
  return changed
}

function folderOf(folder: string, number: number): string {
  const inner = Math.floor(number / FILES_PER_FOLDER)
  return join(folder, `part-${Math.floor(inner / FOLDERS_PER_FOLDER)}`, `folder-${inner}`)
}

function pathOf(folder: string, number: number): string {
  return join(folderOf(folder, number), `note-${number}.txt`)
}

/** Text of made-up words, frequent ones oftener: it compresses about as prose does, and no two files share a passage. */
export class Prose {
  readonly #words: string[]

  constructor() {
    const source = new SeededBytes('words')
    this.#words = Array.from({length: WORDS}, () => {
      const letters = Array.from({length: 2 + source.integer(9)}, () => String.fromCharCode(97 + source.integer(26)))
      return letters.join('')
    })
  }

  file(number: number, version: number): string {
    const source = new SmallFastCounter(number, version)
    const length = Math.floor(LEAST_BYTES * (MOST_BYTES / LEAST_BYTES) ** source.fraction())
    let text = ''
    while (text.length < length) {
      text += this.#words[Math.floor(WORDS * source.fraction() ** 2)]
      text += source.fraction() < 0.1 ? '.\n' : ' '
    }
    return text.slice(0, length)
  }
}

/** Chris Doty-Humphrey's sfc32: a cipher per file would cost more than the file, and its 128 bits keep the files apart. */
class SmallFastCounter {
  #a: number
  #b: number
  #c = 0x706f636b
  #count = 1

  constructor(first: number, second: number) {
    this.#a = first | 0
    this.#b = second | 0
    for (let round = 0; round < 12; round++) this.fraction()
  }

  fraction(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}
