/** What opens the encrypted golden repositories, and where all of them lie. */
import {fileURLToPath} from 'node:url'
import type {Secret} from '../../src/index.js'
import {KEY_FILE} from '../operations/repository-place.js'

/** Beside the sources, not in `dist`. */
export const GOLDEN_FOLDER = fileURLToPath(new URL('../../../test/golden/', import.meta.url))
export const GOLDEN_KEY: Secret = KEY_FILE
export const GOLDEN_PASSWORD: Secret = {type: 'password', password: 'correct horse battery stäple'}
