import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import test from 'ava'
import {formatMoney} from '../../src/cli/format-money.js'
import {choosePrices, trafficJson, trafficLines} from '../../src/cli/prices.js'
import {publishedPrices} from '../../src/operations/prices.js'
import {temporaryFolder} from '../backend/temporary-folder.js'

const TRAFFIC = {put: 12, get: 3, list: 2, remove: 0, repeated: 1, bytesUp: 1024 ** 3, bytesDown: 1024 ** 2}
const AMAZON = 'https://s3.eu-central-1.amazonaws.com'

test('money: two decimals from one on, two digits that count below', (t) => {
  for (const [amount, text] of [
    [0, '$0'],
    [0.0012, '$0.0012'],
    [0.00123456, '$0.0012'],
    [0.1, '$0.10'],
    [0.5, '$0.50'],
    [0.999, '$1.00'],
    [1.005, '$1.00'],
    [12.3, '$12.30'],
    [1234.5, '$1234.50'],
    [0.0000004, '$0.0000004'],
  ] as const) {
    t.is(formatMoney(amount, 'USD'), text, String(amount))
  }
  t.is(formatMoney(0.42, 'CHF'), '0.42 CHF')
  t.is(formatMoney(3, 'EUR'), '€3.00')
})

test('summary: requests by kind, bytes and cost where prices are known; nothing of a folder', (t) => {
  t.deepEqual(trafficLines({traffic: TRAFFIC, endpoint: AMAZON}, publishedPrices, 8), [
    'asked   17 requests (12 PUT, 3 GET, 2 LIST, 0 DELETE), 1 of them repeated; 1.0 GiB up, 1.0 MiB down',
    'cost    about $0.00016 at published prices (Amazon S3 Standard in us-east-1)',
  ])
  t.is(trafficLines({traffic: TRAFFIC, endpoint: 'https://s3.example.org'}, publishedPrices, 8).length, 1)
  t.deepEqual(trafficLines({}, publishedPrices, 8), [])
})

test('summary: as JSON, null where nothing is known', (t) => {
  const json = trafficJson({traffic: TRAFFIC, endpoint: AMAZON}, publishedPrices)
  t.deepEqual(json.traffic, {put: 12, get: 3, list: 2, remove: 0, repeated: 1, bytes_up: 1024 ** 3, bytes_down: 1024 ** 2})
  t.deepEqual(Object.keys(json.cost as object), ['currency', 'requests', 'egress', 'total'])
  t.is(trafficJson({traffic: TRAFFIC, endpoint: undefined}, publishedPrices).cost, null)
  t.deepEqual(trafficJson({}, publishedPrices), {traffic: null, cost: null})
})

test('price table: of TOML or JSON, it counts for any server; what is neither is an error', async (t) => {
  const folder = temporaryFolder(t)
  const path = join(folder, 'prices')
  const choose = () => choosePrices({repository: 's3://b', config: '/dev/null', 'price-table': path} as Parameters<typeof choosePrices>[0])
  const values = {name: 'ours', currency: 'EUR', put: 1, list: 1, get: 1, egress: 0, storage: 0}
  writeFileSync(path, JSON.stringify(values))
  t.like((await choose())('https://s3.example.org'), {name: 'ours', put: 1})
  writeFileSync(
    path,
    Object.entries(values)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
      .join('\n'),
  )
  const prices = await choose()
  t.like(prices(undefined), {name: 'ours', currency: 'EUR'})
  t.is(trafficLines({traffic: TRAFFIC}, prices, 6)[1], "cost  about €0.017 at the prices of 'ours'")
  writeFileSync(path, '{"currency": ')
  await t.throwsAsync(choose(), {code: 'usage', message: `the price table '${path}' is not JSON`})
  writeFileSync(path, 'currency: EUR')
  await t.throwsAsync(choose(), {code: 'usage', message: /is not TOML: line 1/})
  await t.throwsAsync(choosePrices({repository: 's3://b', config: '/dev/null', 'price-table': join(folder, 'none')} as object), {
    code: 'io-failed',
  })
})

test('prices: published ones are for the standard class, so another class has none', async (t) => {
  const choose = async (storageClass: string) =>
    (await choosePrices({repository: 's3://b', config: '/dev/null', 'storage-class': storageClass} as object))(AMAZON)
  t.is(await choose('STANDARD_IA'), undefined)
  t.truthy(await choose('STANDARD'))
})
