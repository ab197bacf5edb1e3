/** Lists the buckets that the credentials see. */
import type {Reach} from './reach.js'

export interface BucketInfo {
  name: string
  /** In ms since 1970; undefined where the server does not say. */
  createdMs: number | undefined
}

/** Throws `credentials-missing`, `credentials-refused`, `permission-denied`, `connection-failed`, `clock-skewed`. */
export async function listBuckets(reach: Reach): Promise<BucketInfo[]> {
  const {listBuckets: list} = await import('../backend/s3/buckets.js')
  return list(reach.s3 ?? {})
}
