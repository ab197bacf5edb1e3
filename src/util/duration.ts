/** A length of time by the calendar: a month is as long as the month that it is counted back over. */
export interface Duration {
  years: number
  months: number
  days: number
  hours: number
}

export function isZeroDuration({years, months, days, hours}: Duration): boolean {
  return years === 0 && months === 0 && days === 0 && hours === 0
}

/** `1 year 6 months`, `0 hours` for none. */
export function describeDuration(duration: Duration): string {
  const {years, months, days, hours} = duration
  const parts = [
    [years, 'year'],
    [months, 'month'],
    [days, 'day'],
    [hours, 'hour'],
  ] as const
  const shown = parts.filter(([count]) => count !== 0)
  return shown.length === 0 ? '0 hours' : shown.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ')
}
