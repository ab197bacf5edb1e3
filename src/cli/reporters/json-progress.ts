/** Progress for programs, which tells whether the run pauses. */
import {type JsonFields, jsonLine} from '../json-output.js'
import type {Output} from '../output.js'
import {isPaused, onPauseChange} from '../pausing.js'

export class JsonProgress {
  readonly #output: Output
  #last: JsonFields | undefined

  /** While it pauses a run makes no progress that could be told: the last of it is told again when a pause begins and when it ends. */
  constructor(output: Output) {
    this.#output = output
    onPauseChange(() => this.#last && this.tell(this.#last))
  }

  tell(fields: JsonFields): void {
    this.#last = fields
    this.#output.line(jsonLine('progress', {...fields, paused: isPaused()}))
  }

  /** Until there is more of it, nothing is told again. */
  stop(): void {
    this.#last = undefined
  }
}
