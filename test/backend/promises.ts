/** How the suite of promises is handed on from file to file. */
import type {ExecutionContext} from 'ava'
import type {Backend} from '../../src/backend/backend.js'

export interface Clients {
  backend: Backend
  /** Another client of the same storage. */
  other: Backend
}

/** Registers one promise as a test. */
export type Promises = (title: string, run: (t: ExecutionContext, clients: Clients) => Promise<void>) => void
