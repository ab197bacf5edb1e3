/** Shows how the trying of a place goes: a line a step, once it is known how it went. */
import type {StorageTestStep} from '../operations/test-storage.js'
import type {Output} from './output.js'

const NAMES: Record<StorageTestStep, string> = {
  connect: 'connecting',
  write: 'writing',
  read: 'reading',
  list: 'listing',
  remove: 'removing',
  'conditional-create': 'writing only what is not there yet',
}

export class StorageSteps {
  readonly #output: Output
  #current: StorageTestStep | undefined

  constructor(output: Output) {
    this.#output = output
  }

  /** The step before has succeeded. */
  readonly begin = (step: StorageTestStep): void => {
    this.#end('✓')
    this.#current = step
  }

  succeed(): void {
    this.#end('✓')
  }

  fail(): void {
    this.#end('✗')
  }

  #end(sign: string): void {
    if (this.#current !== undefined) this.#output.line(`  ${sign} ${NAMES[this.#current]}`)
    this.#current = undefined
  }
}
