import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Prose} from './small-files.js'

const FOLDERS = 200
/** One file in so many changes from one version to the next. */
const CHANGES_EVERY = 200
/** So many files come with each version, and go so many versions later. */
const NEW_FILES = 5
const LIVES = 40

/** A tree of small files, some 64 bytes to 4 KiB of prose each, that is another with each version. */
export class ChangingTree {
  readonly #folder: string
  readonly #count: number
  readonly #prose = new Prose()
  #version = 0

  /** Writes version 0, of `count` files, below `folder`. */
  constructor(folder: string, count: number) {
    this.#folder = folder
    this.#count = count
    for (let number = 0; number < FOLDERS; number++) mkdirSync(join(folder, `folder-${number}`), {recursive: true})
    for (let number = 0; number < count; number++) this.#write(number)
  }

  /** Makes the next version: one file in 200 changes, five come, and five go that had come before. */
  next(): void {
    this.#version++
    // Those of one folder are changed together more often than not, as people do.
    const first = (this.#version * 37) % CHANGES_EVERY
    for (let number = first; number < this.#count; number += CHANGES_EVERY) this.#write(number)
    for (let extra = 0; extra < NEW_FILES; extra++) {
      this.#write(this.#numberOf(this.#version, extra))
      if (this.#version > LIVES) rmSync(this.#path(this.#numberOf(this.#version - LIVES, extra)))
    }
  }

  #numberOf(version: number, extra: number): number {
    return this.#count + version * NEW_FILES + extra
  }

  #write(number: number): void {
    writeFileSync(this.#path(number), this.#prose.file(number, this.#version))
  }

  /** Numbers that are 200 apart lie in one folder. */
  #path(number: number): string {
    return join(this.#folder, `folder-${number % FOLDERS}`, `note-${number}.txt`)
  }
}
