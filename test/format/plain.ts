/**
 * `value` with every typed array as a list of its numbers and `undefined` left out, so that a view, a copy and a Buffer
 * with the same content compare as equal.
 */
export function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return {[elementType(value)]: Array.from(value as unknown as ArrayLike<number | bigint>, String)}
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, part]) => part !== undefined)
  return Object.fromEntries(entries.map(([key, part]) => [key, plain(part)]))
}

function elementType(view: ArrayBufferView): string {
  return view instanceof Uint8Array ? 'Uint8Array' : view.constructor.name
}
