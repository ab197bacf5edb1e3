/** Requests of alarms. Messages of errors name a server and nothing else of its URL, which is secret. */
import {setTimeout as delay} from 'node:timers/promises'
import {PocketError} from '../errors.js'

export interface PostOptions {
  body: string
  contentType: string
  /** How often it is tried when nothing answers, or with 429 or 5xx. */
  attempts: number
  timeoutMs: number
  /** Before the second attempt; each further one waits three times as long. */
  pauseMs: number
}

/** Throws `alarm-failed`. */
export async function post(url: URL, what: string, {body, contentType, attempts, timeoutMs, pauseMs}: PostOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const problem = await tryPost(url, {body, contentType, timeoutMs})
    if (problem === undefined) return
    if (attempt >= attempts || !problem.isRetryable) {
      throw new PocketError('alarm-failed', `${what} at '${url.origin}' ${problem.text}`, {retryable: problem.isRetryable})
    }
    await delay(pauseMs * 3 ** (attempt - 1))
  }
}

/** Throws `alarm-failed` for what is no URL of the web. */
export function parseUrl(text: string, what: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new PocketError('alarm-failed', `the URL of ${what} does not begin with https:// or http://`)
}

interface Problem {
  text: string
  isRetryable: boolean
}

async function tryPost(
  url: URL,
  {body, contentType, timeoutMs}: Pick<PostOptions, 'body' | 'contentType' | 'timeoutMs'>,
): Promise<Problem | undefined> {
  try {
    const response = await fetch(withoutUser(url), {
      method: 'POST',
      body,
      headers: {'content-type': contentType, 'user-agent': 'pocket', ...userOf(url)},
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    if (response.ok) return undefined
    return {text: `answered ${response.status}`, isRetryable: response.status >= 500 || response.status === 429}
  } catch (error) {
    return {text: `cannot be reached: ${reasonOf(error)}`, isRetryable: true}
  }
}

/** `fetch` takes no URL with a user in it. */
function withoutUser(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

function userOf({username, password}: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {authorization: `Basic ${Buffer.from(user).toString('base64')}`}
}

/** The code alone: a message of the library may hold the URL. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error
  if (error.name === 'TimeoutError') return 'no answer in time'
  const {cause} = error
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return error.name
}
