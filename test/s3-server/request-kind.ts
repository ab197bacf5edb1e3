/** What a request to S3 is paid for as: a listing is a GET over HTTP and costs as much as a PUT. */
export type RequestKind = 'PUT' | 'POST' | 'GET' | 'HEAD' | 'LIST' | 'DELETE' | 'OTHER'

const LISTING = ['list-type', 'prefix', 'marker', 'delimiter', 'max-keys', 'versions', 'uploads']

/** The kind of a request with this method and target, such as `/bucket?list-type=2&prefix=packs%2F`. */
export function requestKind(method: string, target: string): RequestKind {
  switch (method) {
    case 'GET':
      return isListing(target) ? 'LIST' : 'GET'
    case 'PUT':
    case 'POST':
    case 'HEAD':
    case 'DELETE':
      return method
    default:
      return 'OTHER'
  }
}

function isListing(target: string): boolean {
  const [path = '', query = ''] = target.split('?', 2)
  if (/^\/[^/]+\/./.test(path)) return false
  const names = query.split('&').map((part) => part.split('=', 1)[0])
  return query === '' || names.some((name) => LISTING.includes(name))
}
