/**
 * Bytes and names. File names are bytes: in memory they are byte strings, JavaScript strings in which each
 * character code is one byte (latin1), so that `<` sorts them by their bytes and nothing is lost.
 */

export type ByteString = string & {readonly byteString: unique symbol}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** The bytes of `name` as they lie on disk. */
export function byteStringToBytes(name: ByteString): Uint8Array {
  return Buffer.from(name, 'latin1')
}

export function bytesToByteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as ByteString
}

/** A text (UTF-16) as the byte string of its UTF-8 encoding. */
export function toByteString(text: string): ByteString {
  return isAscii(text) ? (text as ByteString) : bytesToByteString(Buffer.from(text, 'utf8'))
}

/** `name` for people: as UTF-8 where it is valid, otherwise with each byte above 127 as `\xNN`; control characters always escaped. */
export function displayName(name: ByteString): string {
  if (isPlain(name)) return name
  const text = isAscii(name) ? name : decodeUtf8(name)
  return text.replace(CONTROL, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Whether `name` is valid UTF-8. */
export function isUtf8(name: ByteString): boolean {
  return isAscii(name) || tryDecodeUtf8(name) !== undefined
}

const CONTROL = /[\u0000-\u001f\u007f]/g
const strictDecoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text)
}

function isPlain(text: string): boolean {
  return !/[^\u0020-\u007e]/.test(text)
}

function decodeUtf8(name: ByteString): string {
  return tryDecodeUtf8(name) ?? name.replace(/[\u0080-\u00ff]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`)
}

function tryDecodeUtf8(name: ByteString): string | undefined {
  try {
    return strictDecoder.decode(Buffer.from(name, 'latin1'))
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
