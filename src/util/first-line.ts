/** The first line of what may have several, with `…` for the rest when it is longer than `longest` characters or more lines follow. */
export function firstLine(text: string, longest = Number.POSITIVE_INFINITY): string {
  const [line, ...others] = text.trim().split('\n')
  if (line.length > longest) return `${line.slice(0, longest)}…`
  return others.length > 0 ? `${line} …` : line
}
