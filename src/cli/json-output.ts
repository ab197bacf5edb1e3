/** `--json`: the envelope of every object that Pocket prints for programs. The shapes are documented in docs/scripting.md. */

/** Raised when a field is removed or changes its meaning; fields may be added without it. */
export const JSON_SCHEMA = 1

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | {readonly [key: string]: JsonValue}
export type JsonFields = Readonly<Record<string, JsonValue>>

/** One object on one line, without the newline. */
export function jsonLine(type: string, fields: JsonFields = {}): string {
  return JSON.stringify({schema: JSON_SCHEMA, type, ...fields})
}

/**
 * One object with a list too long to hold in memory, as pieces of text: the list is the last field but those of `rest`, which is called when
 * the list is through. The pieces together are one JSON object over several lines.
 */
export async function* jsonObjectWithList(
  {type, fields, list}: {type: string; fields: JsonFields; list: string},
  items: AsyncIterable<JsonFields>,
  rest: () => JsonFields = () => ({}),
): AsyncGenerator<string> {
  yield `${jsonLine(type, fields).slice(0, -1)},${JSON.stringify(list)}:[`
  let separator = '\n'
  for await (const item of items) {
    yield separator + JSON.stringify(item)
    separator = ',\n'
  }
  const more = JSON.stringify(rest()).slice(1, -1)
  yield `\n]${more === '' ? '' : `,${more}`}}\n`
}
