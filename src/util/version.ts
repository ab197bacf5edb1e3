/** The version of this program, as in package.json (a test compares them). */
export const VERSION = '0.1.0'

/** How this program signs what it writes. */
export const PROGRAM = `pocket ${VERSION}`
