/** Signs a request anew that the proxy has changed: AWS Signature Version 4 in the Authorization header. */
import {createHash, createHmac} from 'node:crypto'
import type {Credentials} from './test-server.js'

/** Headers by their lower-case names. */
export type Headers = Record<string, string>

/** Whether the signature would no longer fit if this header were changed or taken away. */
export function isSigned(headers: Readonly<Headers>, name: string): boolean {
  return signedNames(headers).includes(name)
}

/**
 * The Authorization header for a request with `headers`, for those that were signed before and are still there. The
 * body is as `x-amz-content-sha256` says; bodies whose chunks are signed one by one cannot be signed again.
 */
export function signAgain(method: string, target: string, headers: Readonly<Headers>, {accessKeyId, secretAccessKey}: Credentials): string {
  const date = headers['x-amz-date']
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers['authorization'])?.[1] as string
  const names = signedNames(headers).filter((name) => headers[name] !== undefined)
  const [path, query = ''] = target.split('?', 2) as [string, string?]
  const canonical = [
    method,
    path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${headers[name].trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const key = ['s3', 'aws4_request'].reduce<Buffer>(hmac, hmac(hmac(`AWS4${secretAccessKey}`, date.slice(0, 8)), region))
  const signature = hmac(key, text).toString('hex')
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`
}

function signedNames(headers: Readonly<Headers>): string[] {
  return (/SignedHeaders=([^,\s]+)/.exec(headers['authorization'] ?? '')?.[1] ?? '').split(';').sort()
}

function canonicalQuery(query: string): string {
  const parts = query.split('&').filter((part) => part !== '')
  return parts
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .sort()
    .join('&')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
