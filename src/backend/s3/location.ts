import {PocketError} from '../../errors.js'

/** Where in which bucket a repository lies. */
export interface S3Location {
  /** Empty when the location names none and the credentials file is to say it. */
  bucket: string
  /** What every object's key begins with: empty, or segments that each end in `/`. */
  prefix: string
}

const SCHEME = 's3://'

/** Whether `location` means a bucket. */
export function isS3Location(location: string): boolean {
  return location.toLowerCase().startsWith(SCHEME)
}

/** The parts of `s3://BUCKET/PREFIX`. Throws `usage`, and never repeats what may be a secret. */
export function parseS3Location(location: string): S3Location {
  const [bucket, ...segments] = location.slice(SCHEME.length).split('/')
  if (bucket.includes('@')) {
    throw new PocketError('usage', 'the location of the bucket holds a user or a key, which others could see', {
      hint: 'write s3://BUCKET/PREFIX, and give the keys by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or --credentials-file',
    })
  }
  if (bucket !== '' && !/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket)) {
    throw new PocketError('usage', `'${bucket}' cannot be the name of a bucket`, {
      hint: "names have 3 to 63 lower-case letters, digits, '-' and '.'; write s3://BUCKET/PREFIX, and the server with --endpoint",
    })
  }
  const named = segments.filter((segment) => segment !== '')
  if (named.some((segment) => segment === '.' || segment === '..' || /[\u0000-\u001f\u007f]/.test(segment))) {
    throw new PocketError('usage', `'${named.join('/')}' cannot be a prefix in a bucket`, {hint: 'name it without . and .. segments'})
  }
  return {bucket, prefix: named.map((segment) => `${segment}/`).join('')}
}

/** The location as it is shown, and as it can be given again. */
export function formatS3Location({bucket, prefix}: S3Location): string {
  return `${SCHEME}${bucket}/${prefix}`.replace(/\/$/, '')
}
