import {open} from 'node:fs/promises'

/** The first `limitBytes` of a file, or all of a shorter one; reads no more of one that never ends. Throws system errors. */
export async function readStart(path: string, limitBytes: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(limitBytes)
    let length = 0
    while (length < limitBytes) {
      // No position: a pipe has none.
      const {bytesRead} = await file.read(bytes, length, limitBytes - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}
