/** What requests and bytes cost, by a table of prices. */
import type {Traffic} from '../backend/backend.js'
import {PocketError} from '../errors.js'

export type {Traffic}

export interface PriceTable {
  /** Whose prices these are, for people. */
  name: string
  /** Whether they are those that the provider publishes, and not somebody's own. */
  isPublished: boolean
  /** As in ISO 4217: `USD`. */
  currency: string
  /** Per 1,000 requests; a GET is priced as a HEAD is, a PUT as a POST. */
  put: number
  list: number
  get: number
  remove: number
  /** Per GiB that the server sends. */
  egress: number
  /** Per GiB kept for a month. */
  storage: number
}

export interface Cost {
  currency: string
  requests: number
  /** Of the bytes that the server sent. */
  egress: number
  total: number
}

/** As the providers publish them. Free allowances, and lower prices for large amounts, are left out. */
const PUBLISHED: readonly {host: RegExp; table: PriceTable}[] = [
  {
    host: /\.amazonaws\.com$/,
    table: {
      name: 'Amazon S3 Standard in us-east-1',
      isPublished: true,
      currency: 'USD',
      put: 0.005,
      list: 0.005,
      get: 0.0004,
      remove: 0,
      egress: 0.09,
      storage: 0.023,
    },
  },
  {
    host: /\.r2\.cloudflarestorage\.com$/,
    table: {
      name: 'Cloudflare R2',
      isPublished: true,
      currency: 'USD',
      put: 0.0045,
      list: 0.0045,
      get: 0.00036,
      remove: 0,
      egress: 0,
      storage: 0.015,
    },
  },
]

const GIB = 1024 ** 3

/** The published prices of the server at `endpoint`, for its standard class; undefined where there are none, or none that are known here. */
export function publishedPrices(endpoint: string | undefined): PriceTable | undefined {
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined
  const {hostname} = new URL(endpoint)
  return PUBLISHED.find(({host}) => host.test(hostname))?.table
}

export function costOf({put, get, list, remove, bytesDown}: Traffic, prices: PriceTable): Cost {
  const requests = (put * prices.put + list * prices.list + get * prices.get + remove * prices.remove) / 1000
  const egress = (bytesDown / GIB) * prices.egress
  return {currency: prices.currency, requests, egress, total: requests + egress}
}

/** What it costs to keep so many bytes for a month. */
export function storageCostOf(bytes: number, {storage}: PriceTable): number {
  return (bytes / GIB) * storage
}

const NEEDED = ['put', 'list', 'get', 'egress', 'storage'] as const
const KEYS: ReadonlySet<string> = new Set([...NEEDED, 'remove', 'name', 'currency'])

/** The table in a document of TOML or JSON that was read from the file `path`. Throws `usage`, saying what is wrong with which key. */
export function parsePriceTable(document: unknown, path: string): PriceTable {
  const wrong = (problem: string): PocketError =>
    new PocketError('usage', `${problem}, in the price table '${path}'`, {
      hint: `it has currency = "USD", prices per 1,000 requests (put, list, get), and prices per GiB (egress, storage)`,
    })
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw wrong('there are no keys')
  const values = new Map<string, unknown>(Object.entries(document))
  for (const key of values.keys()) if (!KEYS.has(key)) throw wrong(`unknown key '${key}'`)
  const {name = path, currency} = Object.fromEntries(values)
  if (typeof name !== 'string') throw wrong(`'name' is not text`)
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) throw wrong(`'currency' is not three capital letters such as USD`)
  const price = (key: string, value: unknown): number => {
    if (value === undefined) throw wrong(`there is no '${key}'`)
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw wrong(`'${key}' is not a price`)
  }
  const [put, list, get, egress, storage] = NEEDED.map((key) => price(key, values.get(key)))
  return {name, isPublished: false, currency, put, list, get, remove: price('remove', values.get('remove') ?? 0), egress, storage}
}
