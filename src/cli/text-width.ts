/** How many columns a text takes on a terminal, and how to make it take fewer. */

const COMBINING = /^\p{Mark}$/u
const ELLIPSIS = '…'

/** Columns taken by `text`: two for wide East Asian characters and emoji, none for combining marks. */
export function textWidth(text: string): number {
  if (!/[^\u0020-\u007e]/.test(text)) return text.length
  let width = 0
  for (const character of text) width += characterWidth(character)
  return width
}

/** `text` in at most `columns` columns. Its middle is left out, because a path is known by both ends. */
export function shortenMiddle(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  if (columns < 1) return ''
  const characters = Array.from(text)
  const tailColumns = Math.floor(((columns - 1) * 2) / 3)
  const head = takeColumns(characters, columns - 1 - tailColumns)
  const tail = takeColumns(characters.reverse(), tailColumns).reverse()
  return head.join('') + ELLIPSIS + tail.join('')
}

/** `text` cut at its end so that it takes at most `columns` columns. */
export function shortenEnd(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  return columns < 1 ? '' : takeColumns(Array.from(text), columns - 1).join('') + ELLIPSIS
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - textWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - textWidth(text))) + text
}

function takeColumns(characters: readonly string[], columns: number): string[] {
  const taken: string[] = []
  let width = 0
  for (const character of characters) {
    width += characterWidth(character)
    if (width > columns) break
    taken.push(character)
  }
  return taken
}

function characterWidth(character: string): number {
  const code = character.codePointAt(0) as number
  if (code < 0x300) return 1
  if (COMBINING.test(character) || code === 0x200b || code === 0x200d) return 0
  return isWide(code) ? 2 : 1
}

/** The blocks that Unicode's EastAsianWidth.txt calls W or F, as ranges; near enough to shorten by. */
function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x1f680 && code <= 0x1f6ff) ||
    (code >= 0x1f900 && code <= 0x1f9ff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  )
}
