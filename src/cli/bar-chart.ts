/** Numbers as bars of one line. */

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const ASCII_BARS = ['.', ':', '-', '=', '+', '*', '#', '@']

/** A character for each value, the largest as the highest; what is 0 has the lowest, what is undefined none. */
export function barLine(values: readonly (number | undefined)[], {isUnicode}: {isUnicode: boolean}): string {
  const bars = isUnicode ? BARS : ASCII_BARS
  const most = Math.max(0, ...values.map((value) => value ?? 0))
  return values
    .map((value) => {
      if (value === undefined) return ' '
      if (most === 0 || value === 0) return bars[0]
      return bars[Math.max(1, Math.round((value / most) * (bars.length - 1)))]
    })
    .join('')
}

/** Whether the terminal, as far as the environment tells, shows more than ASCII. */
export function showsUnicode(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32') return environment.WT_SESSION !== undefined || environment.TERM_PROGRAM === 'vscode'
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''
  return /utf-?8/i.test(locale)
}
