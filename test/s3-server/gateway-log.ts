/** What a gateway says of its requests in its own log, whoever made them. */
import {type RequestKind, requestKind} from './request-kind.js'

export interface RequestCount {
  requests: number
  /** Bytes of the bodies of PUT and POST, as the gateway counted them, with those of their answers, which are few. */
  bytesIn: number
  /** Bytes of the answers' bodies to all others. */
  bytesOut: number
}

export type RequestCounts = Partial<Record<RequestKind, RequestCount>>

/** As in `beast: 0x7f9a: 127.0.0.1 - user [21/Nov/2026:15:44:08.426 +0000] "PUT /bucket/key HTTP/1.1" 200 1000 - "agent" - …`; one without agent has a bare `-`. */
const ACCESS_LINE = /beast: \S+ \S+ - .*? \[[^\]]*\] "([A-Z]+) (\S+) HTTP\/1\.[01]" \d+ (\d+) (?:"[^"]*"|-) (?:"([^"]*)"|-)/

/** Counts the access lines of a log; requests of the user agent `ignoredAgent` are left out. */
export function countRequests(log: string, ignoredAgent: string): RequestCounts {
  const counts: RequestCounts = {}
  for (const line of log.split('\n')) {
    const match = ACCESS_LINE.exec(line)
    if (match === null || (match[4] ?? '').startsWith(ignoredAgent)) continue
    const kind = requestKind(match[1], match[2])
    const count = (counts[kind] ??= {requests: 0, bytesIn: 0, bytesOut: 0})
    count.requests += 1
    count[kind === 'PUT' || kind === 'POST' ? 'bytesIn' : 'bytesOut'] += Number(match[3])
  }
  return counts
}
