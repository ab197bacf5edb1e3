import {PocketError} from '../errors.js'

/** Names of compression levels as people choose them. */
export type CompressionName = 'off' | 'fastest' | 'auto' | 'better' | 'max'

const LEVELS: Readonly<Record<CompressionName, number | undefined>> = {
  off: undefined,
  fastest: 1,
  auto: 3,
  better: 9,
  max: 19,
}

export const COMPRESSION_NAMES = Object.keys(LEVELS) as readonly CompressionName[]

/** The zstd level of a name; undefined for `off`, where frames are stored as they are. */
export function compressionLevel(name: CompressionName): number | undefined {
  return LEVELS[name]
}

/** Throws `usage` for any other text. */
export function parseCompressionName(text: string): CompressionName {
  const found = COMPRESSION_NAMES.find((name) => name === text)
  if (found !== undefined) return found
  throw new PocketError('usage', `'${text}' is not a compression level`, {
    hint: `choose one of ${COMPRESSION_NAMES.join(', ')}`,
  })
}
