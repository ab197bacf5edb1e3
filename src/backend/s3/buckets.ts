/** Buckets: listing and making them. */
import type {S3Options} from './options.js'

export interface ListedBucket {
  name: string
  createdMs: number | undefined
}

export async function listBuckets(_options: S3Options): Promise<ListedBucket[]> {
  return []
}
