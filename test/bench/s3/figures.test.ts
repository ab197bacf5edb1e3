import test from 'ava'
import {type BucketTraffic, costPerTib, requestsOf, requestsPerGib, trafficBetween} from '../../../bench/s3/figures.js'

const GIB = 2 ** 30
const TRAFFIC: BucketTraffic = {
  requests: {PUT: 15, POST: 1, LIST: 4, GET: 20, HEAD: 5, DELETE: 2},
  bytesUp: 200_000_000,
  bytesDown: GIB / 4,
}

test('bucket figures: what came between two counts is their difference, without the kinds of which none came', (t) => {
  const before = {PUT: {requests: 3, bytesIn: 100, bytesOut: 0}, HEAD: {requests: 1, bytesIn: 0, bytesOut: 0}}
  const after = {...before, PUT: {requests: 5, bytesIn: 700, bytesOut: 0}, GET: {requests: 1, bytesIn: 0, bytesOut: 50}}
  t.deepEqual(trafficBetween(before, after), {requests: {PUT: 2, GET: 1}, bytesUp: 600, bytesDown: 50})
  t.deepEqual(trafficBetween(after, after), {requests: {}, bytesUp: 0, bytesDown: 0})
})

test('bucket figures: requests of all kinds count the same, and to the GiB of source', (t) => {
  t.is(requestsOf(TRAFFIC), 47)
  t.is(requestsPerGib(TRAFFIC, 2 * GIB), 23.5)
})

test('bucket figures: a TiB costs what Amazon asks: a POST and a listing as a PUT, a HEAD as a GET, a DELETE nothing', (t) => {
  const {requests, egress, total} = costPerTib(TRAFFIC, GIB)
  const close = (value: number, wanted: number): boolean => t.true(Math.abs(value - wanted) < 1e-9, `${value} for ${wanted}`)
  close(requests, ((20 * 0.005 + 25 * 0.0004) / 1000) * 1024)
  close(egress, 0.09 * 256)
  close(total, requests + egress)
})
