import test from 'ava'
import {countRequests} from './gateway-log.js'

const AT = '127.0.0.1 - tester [21/Nov/2026:15:44:08.426 +0000]'
const LOG = `
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 ====== starting new request req=0x7f9ad036a6e0 =====
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 ====== req done req=0x7f9ad036a6e0 op status=0 http_status=200 latency=0.079999998s ======
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 beast: 0x7f9a: ${AT} "PUT /bucket/key?x-id=PutObject HTTP/1.1" 200 1000 - "agent a/1" - latency=0.08s
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 beast: 0x7f9a: ${AT} "PUT /bucket/key HTTP/1.1" 412 230 - - - latency=0.08s
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 beast: 0x7f9a: ${AT} "GET /bucket/key HTTP/1.1" 206 500 - "agent a/1" bytes=0-499 latency=0.08s
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 beast: 0x7f9a: ${AT} "GET /bucket/?list-type=2 HTTP/1.1" 200 684 "from b/2" "agent a/1" - latency=0.08s
2026-11-21T15:44:08.510+0000 7f9a597ba6c0  1 beast: 0x7f9a: 127.0.0.1 - - [21/Nov/2026:15:44:08.426 +0000] "GET / HTTP/1.1" 200 231 - "probe-7" - latency=0s
`

test('gateway log: requests are counted by kind, with their bytes, whoever made them but one', (t) => {
  t.deepEqual(countRequests(LOG, 'probe'), {
    PUT: {requests: 2, bytesIn: 1230, bytesOut: 0},
    GET: {requests: 1, bytesIn: 0, bytesOut: 500},
    LIST: {requests: 1, bytesIn: 0, bytesOut: 684},
  })
})
