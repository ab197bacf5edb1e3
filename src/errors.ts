/**
 * The one error class of Pocket. Anything else that is thrown is a bug and is shown as one.
 *
 * A code is a promise to scripts: it is documented in docs/scripting.md and never renamed.
 */
export type ErrorCode =
  | 'usage'
  | 'repository-missing'
  | 'repository-exists'
  | 'not-a-repository'
  | 'format-too-new'
  | 'wrong-password'
  | 'password-missing'
  | 'key-missing'
  | 'last-key'
  | 'authentication-failed'
  | 'object-missing'
  | 'object-exists'
  | 'damaged-config'
  | 'damaged-key'
  | 'damaged-object'
  | 'damaged-pack'
  | 'damaged-frame'
  | 'damaged-chunk'
  | 'damaged-index'
  | 'damaged-removal'
  | 'damaged-snapshot'
  | 'damaged-tree'
  | 'chunk-missing'
  | 'snapshot-missing'
  | 'snapshot-ambiguous'
  | 'path-missing'
  | 'not-a-directory'
  | 'not-a-file'
  | 'target-differs'
  | 'source-unreadable'
  | 'no-space'
  | 'read-only'
  | 'permission-denied'
  | 'io-failed'
  | 'connection-failed'
  | 'credentials-missing'
  | 'credentials-refused'
  | 'clock-skewed'
  | 'bucket-missing'
  | 'bucket-exists'
  | 'interrupted'
  | 'library-missing'
  | 'worker-failed'
  | 'profile-busy'
  | 'hook-failed'
  | 'alarm-failed'
  | 'watch-limit'

export interface PocketErrorOptions {
  /** One sentence that says what to do. */
  hint?: string
  /** Whether the same call may succeed when tried again. */
  retryable?: boolean
  cause?: unknown
}

export class PocketError extends Error {
  override readonly name = 'PocketError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, {hint, retryable = false, cause}: PocketErrorOptions = {}) {
    super(message, cause === undefined ? undefined : {cause})
    this.code = code
    this.hint = hint
    this.retryable = retryable
  }
}

export function isPocketError(error: unknown, code?: ErrorCode): error is PocketError {
  return error instanceof PocketError && (code === undefined || error.code === code)
}

const DAMAGE: ReadonlySet<string> = new Set<ErrorCode>([
  'authentication-failed',
  'chunk-missing',
  'damaged-chunk',
  'damaged-frame',
  'damaged-object',
  'damaged-pack',
  'damaged-tree',
  'object-missing',
])

/** Whether `error` says that stored bytes are damaged or lost, which costs only what needs them. */
export function isDamage(error: unknown): error is PocketError {
  return error instanceof PocketError && DAMAGE.has(error.code)
}

const UNREACHABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'bucket-missing',
  'clock-skewed',
  'connection-failed',
  'credentials-missing',
  'credentials-refused',
])

/** Whether `error` says that the storage as a whole cannot be asked: whatever is asked next will fail, too. */
export function isUnreachable(error: unknown): error is PocketError {
  return error instanceof PocketError && UNREACHABLE.has(error.code)
}

const FILE_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
}

/** A system error about a file of the user's as a PocketError that begins with `what`; any other value is given back as it is. */
export function fileError(error: unknown, what: string): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new PocketError(FILE_ERRORS[code] ?? 'io-failed', `${what}: ${code}`, {cause: error})
}

/** Codes of Node itself, `ERR_…`, are mistakes of a caller and not of the system. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/

/** The `code` of a system error (`ENOENT`, `EACCES`, …), or undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof PocketError || !('code' in error)) return undefined
  return typeof error.code === 'string' && SYSTEM_CODE.test(error.code) ? error.code : undefined
}
