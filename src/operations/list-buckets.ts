/** Lists the buckets that the credentials see. */
import type {OnWarning} from '../repository/repository.js'
import type {Reach} from './reach.js'

export interface BucketInfo {
  name: string
  /** In ms since 1970; undefined where the server does not say. */
  createdMs: number | undefined
}

/** Throws `credentials-missing`, `credentials-refused`, `permission-denied`, `connection-failed`, `clock-skewed`. */
export async function listBuckets(reach: Reach, onWarning: OnWarning = () => undefined): Promise<BucketInfo[]> {
  const {listBuckets: list} = await import('../backend/s3/buckets.js')
  const {retrierOf} = await import('../backend/s3/open.js')
  const {S3Session} = await import('../backend/s3/session.js')
  const options = {...reach, s3: reach.s3 ?? {}, onWarning}
  const session = await S3Session.open(options)
  try {
    return await retrierOf(session, options)(() => list(session))
  } finally {
    session.close()
  }
}
