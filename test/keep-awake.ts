/** Loaded into every process that runs tests: one that waits for a lost wakeup would end the whole run. docs/decisions/0010-lost-wakeups.md. */
import {keepPoolAwake} from '../src/util/wake-pool.js'

keepPoolAwake()
