import test from 'ava'
import {costOf, parsePriceTable, publishedPrices, storageCostOf} from '../../src/operations/prices.js'

const GIB = 1024 ** 3
const TRAFFIC = {put: 1000, get: 2000, list: 100, remove: 5000, repeated: 7, bytesUp: 3 * GIB, bytesDown: GIB / 2}

test('prices: published ones by the host of the endpoint', (t) => {
  const hosts = ['s3.us-east-1.amazonaws.com', 's3.amazonaws.com', 'bucket.s3.eu-central-1.amazonaws.com']
  for (const host of hosts) t.is(publishedPrices(`https://${host}`)?.name, 'Amazon S3 Standard in us-east-1', host)
  t.is(publishedPrices('https://0123abcd.r2.cloudflarestorage.com/')?.name, 'Cloudflare R2')
})

test('prices: none for any other server, whatever its name looks like', (t) => {
  const endpoints = [
    'https://s3.example.org',
    'http://127.0.0.1:9000',
    'https://amazonaws.com.example.org',
    'https://s3.cn-north-1.amazonaws.com.cn',
    'https://notamazonaws.com',
    'https://example.org/.amazonaws.com',
    'nonsense',
    undefined,
  ]
  for (const endpoint of endpoints) t.is(publishedPrices(endpoint), undefined, endpoint)
})

test('prices: requests by the thousand, and what the server sent by the GiB', (t) => {
  const amazon = publishedPrices('https://s3.amazonaws.com')
  if (!amazon) return t.fail()
  const cost = costOf(TRAFFIC, amazon)
  t.is(cost.currency, 'USD')
  t.true(Math.abs(cost.requests - (0.005 + 0.0008 + 0.0005)) < 1e-12)
  t.true(Math.abs(cost.egress - 0.045) < 1e-12)
  t.true(Math.abs(cost.total - cost.requests - cost.egress) < 1e-12)
  t.true(Math.abs(storageCostOf(10 * GIB, amazon) - 0.23) < 1e-12)
})

test('price table: a whole one is taken as it is', (t) => {
  const document = {currency: 'EUR', put: 0.01, list: 0.02, get: 0.003, egress: 0, storage: 0.006}
  const table = {...document, name: 'p.toml', isPublished: false, remove: 0}
  t.deepEqual(parsePriceTable(document, 'p.toml'), table)
  t.deepEqual(parsePriceTable({...document, name: 'ours', remove: 1}, 'p.toml'), {...table, name: 'ours', remove: 1})
})

test('price table: what is missing, unknown or no price is named', (t) => {
  const good = {currency: 'EUR', put: 0.01, list: 0.02, get: 0.003, egress: 0, storage: 0.006}
  const cases: [unknown, RegExp][] = [
    [{...good, put: undefined}, /there is no 'put'/],
    [{...good, get: '0.003'}, /'get' is not a price/],
    [{...good, get: -1}, /'get' is not a price/],
    [{...good, storage: Number.NaN}, /'storage' is not a price/],
    [{...good, remove: true}, /'remove' is not a price/],
    [{...good, delete: 0}, /unknown key 'delete'/],
    [{...good, currency: '$'}, /'currency' is not three capital letters/],
    [{...good, name: 3}, /'name' is not text/],
    [[], /there are no keys/],
    ['x', /there are no keys/],
    [null, /there are no keys/],
  ]
  for (const [document, message] of cases) {
    const error = t.throws(() => parsePriceTable(document, 'p.toml'), {code: 'usage', message}, JSON.stringify(document))
    t.regex(error.message, /in the price table 'p\.toml'$/)
  }
})
