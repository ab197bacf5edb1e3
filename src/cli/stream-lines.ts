import type {Output} from './output.js'

const BATCH_CHARACTERS = 65_536

/** Writes `pieces` in large batches, no faster than the reader takes them. */
export async function writePieces(output: Output, pieces: AsyncIterable<string>): Promise<void> {
  let batch = ''
  for await (const piece of pieces) {
    batch += piece
    if (batch.length < BATCH_CHARACTERS) continue
    await output.write(batch)
    batch = ''
  }
  if (batch !== '') await output.write(batch)
}

/** Each item as one line. */
export async function* linesOf<Item>(items: AsyncIterable<Item>, format: (item: Item) => string): AsyncGenerator<string> {
  for await (const item of items) yield `${format(item)}\n`
}

/** Each item as the fields of a JSON object. */
export async function* mapItems<Item, Result>(items: AsyncIterable<Item>, map: (item: Item) => Result): AsyncGenerator<Result> {
  for await (const item of items) yield map(item)
}

/** The items of a generator, and what it returned once they are through: `for await` alone would drop that. */
export function withReturnValue<Item, Result>(generator: AsyncGenerator<Item, Result>): {items: AsyncIterable<Item>; value: () => Result} {
  let outcome: {value: Result} | undefined
  async function* items(): AsyncGenerator<Item> {
    outcome = {value: yield* generator}
  }
  return {
    items: items(),
    value() {
      if (outcome === undefined) throw new Error('the items have not been read to their end')
      return outcome.value
    },
  }
}
