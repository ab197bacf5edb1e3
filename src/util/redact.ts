/** Keeps secrets out of what is written down. */

/** Shorter ones would black out half of every text, and protect nothing. */
const SHORTEST = 4
const MASK = '***'
/** The fields of events, errors and messages that hold more than a word of ours. */
const FREE_TEXTS: ReadonlySet<string> = new Set(['command', 'hint', 'line', 'log', 'message', 'path', 'place', 'text', 'title'])

export class Redactor {
  readonly #secrets = new Set<string>()

  constructor(secrets: Iterable<string> = []) {
    this.add(...secrets)
  }

  /** The length of the longest one that is looked for. */
  get longest(): number {
    return Math.max(0, ...[...this.#secrets].map((secret) => secret.length))
  }

  /** Secrets are also known in the forms that they have in URLs and in JSON, and line by line; of one that is a URL, what in it nobody would guess. */
  add(...secrets: readonly string[]): void {
    for (const secret of secrets) {
      for (const part of [secret, secret.trim(), ...secret.split(/\r?\n/), ...secretsOfUrl(secret.trim())]) {
        if (part.length < SHORTEST) continue
        for (const form of [part, encodeURIComponent(part), JSON.stringify(part).slice(1, -1)]) this.#secrets.add(form)
      }
    }
  }

  /** `text` with a mask in the place of each secret, and of the password in each URL. */
  redact(text: string): string {
    let clean = text
    // The longest first: another may be a part of it.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(secret, MASK)
    return clean.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${MASK}@`)
  }

  /** `value` with what people or programs have written in it redacted: names, codes and ids stay, whatever a password may be. */
  redactAll<T>(value: T): T {
    if (Array.isArray(value)) return value.map((item: unknown) => this.redactAll(item)) as T
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).map(([key, item]: [string, unknown]) => [
      key,
      typeof item === 'string' && FREE_TEXTS.has(key) ? this.redact(item) : this.redactAll(item),
    ])
    return Object.fromEntries(fields) as T
  }
}

/** Words that stand in many paths are no secrets. */
const UNGUESSABLE = /^(?=.*\d).{8,}$|^.{20,}$/

function secretsOfUrl(text: string): string[] {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return []
  const {pathname, searchParams, password} = new URL(text)
  const parts = [...pathname.split('/'), ...searchParams.values()].filter((part) => UNGUESSABLE.test(part))
  return password === '' ? parts : [...parts, decodeURIComponent(password)]
}

const SECRET_VARIABLE = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY/i
/** They name where a secret is. */
const PLACE_VARIABLE = /_(FILE|COMMAND|PATH|DIRECTORY|URL)$/i

/** What is shorter may be a word such as `true`, unless the variable is one of ours. */
const SHORTEST_FOREIGN = 8

/** The values of the variables whose names say that they are secret. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value && SECRET_VARIABLE.test(name) && !PLACE_VARIABLE.test(name) && (name.startsWith('POCKET_') || value.length >= SHORTEST_FOREIGN)
      ? [value]
      : [],
  )
}
