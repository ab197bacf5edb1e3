import type {ErrorCode} from '../errors.js'

/** What the process ends with. Documented in docs/scripting.md; a number never changes its meaning. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  sourceUnreadable: 3,
  damageFound: 4,
  repositoryMissing: 10,
  wrongPassword: 12,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What an error ends the process with; 3 and 4 are not among them, because they stand for work that was done. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'usage':
      return exitCodes.usage
    case 'repository-missing':
      return exitCodes.repositoryMissing
    case 'wrong-password':
      return exitCodes.wrongPassword
    case 'interrupted':
      return exitCodes.interrupted
    default:
      return exitCodes.failed
  }
}

/** Of two that stand for two pieces of work, the one to end with: what failed counts more than what was done with something left out. */
export function worstOf(one: ExitCode, other: ExitCode): ExitCode {
  const order: readonly ExitCode[] = [0, 3, 4, 1, 2, 10, 12, 130]
  return order[Math.max(order.indexOf(one), order.indexOf(other))]
}
