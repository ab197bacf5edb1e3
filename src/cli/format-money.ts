const SYMBOLS: Readonly<Record<string, string>> = {USD: '$', EUR: '€', GBP: '£', JPY: '¥'}

/** `$12.30`, `$0.0012`, `0.42 CHF`: two decimals from one on, two digits that count below. */
export function formatMoney(amount: number, currency: string): string {
  const symbol = SYMBOLS[currency]
  const digits = amount === 0 ? '0' : amount >= 0.995 ? amount.toFixed(2) : trimZeros(amount.toFixed(decimalsOf(amount)))
  return symbol === undefined ? `${digits} ${currency}` : `${symbol}${digits}`
}

function decimalsOf(amount: number): number {
  return Math.min(12, 1 - Math.floor(Math.log10(amount)))
}

function trimZeros(digits: string): string {
  return digits.replace(/(\.\d\d+?)0+$/, '$1')
}
