export function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`
}

export function bytes(value: number): string {
  return value < 2 ** 30 ? `${(value / 2 ** 20).toFixed(1)} MiB` : `${(value / 2 ** 30).toFixed(2)} GiB`
}

/** As `bytes`, for amounts that may be small. */
export function amount(value: number): string {
  return value < 2 ** 20 ? `${(value / 2 ** 10).toFixed(1)} KiB` : bytes(value)
}
