/** Answers that S3 servers give, as faults for rules of the proxy. */
import type {Fault} from './fault-rules.js'

type CannedAnswer = Extract<Fault, {kind: 'answer'}>

/** An error as S3 words it. */
export function errorAnswer(status: number, code: string, headers: Readonly<Record<string, string>> = {}, details = ''): CannedAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code} on purpose</Message>${details}</Error>`
  return {kind: 'answer', status, headers: {'content-type': 'application/xml', ...headers}, body}
}

/** What S3 answers when it is asked too much at once. */
export const SLOW_DOWN = errorAnswer(503, 'SlowDown')
export const INTERNAL_ERROR = errorAnswer(500, 'InternalError')
/** What a server answers that does not know conditional writes. */
export const NOT_IMPLEMENTED = errorAnswer(501, 'NotImplemented')

/** What S3 answers to a request in the wrong region; to HEAD it says so in the header only. */
export function wrongRegion(region: string): CannedAnswer {
  return errorAnswer(301, 'PermanentRedirect', {'x-amz-bucket-region': region})
}

/** What S3 answers to a signature for another region. */
export function malformedRegion(region: string): CannedAnswer {
  const headers = {'x-amz-bucket-region': region}
  return errorAnswer(400, 'AuthorizationHeaderMalformed', headers, `<Region>${region}</Region>`)
}

/** What a server answers to a request that was dated too far from its own clock. */
export function tooSkewed(serverTime: Date): CannedAnswer {
  return errorAnswer(403, 'RequestTimeTooSkewed', {}, `<ServerTime>${serverTime.toISOString()}</ServerTime>`)
}
