/**
 * What reaches a terminal. A name, a tag or a host may hold bytes that move the cursor, colour the screen or turn the
 * direction of writing; none of them gets through.
 */

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** `text` on one line, with every control and direction character escaped (`\x1b`, `\u202e`). */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape)
}

/** As `printable`, but lines stay lines and tabs stay tabs: for messages that were written over several lines. */
export function printableLines(text: string): string {
  return text.replace(UNSAFE, (character) => (character === '\n' || character === '\t' ? character : escape(character)))
}

function escape(character: string): string {
  const code = character.codePointAt(0) as number
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
