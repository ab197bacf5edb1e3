import type {Sample} from '../results.js'

/** A table of Markdown. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
  return `${line(heads)}${line(heads.map(() => '---'))}${rows.map(line).join('')}`
}

/** Who ran in the first round, in that order. */
export function runnersOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.filter(({round}) => round === 1).map(({runner}) => runner))]
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
