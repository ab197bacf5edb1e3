/** Sizes, counts and durations for people. Scripts read `--json`, where everything is a plain number. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']

/** `1.2 GiB`: IEC units, one decimal under a hundred, three digits at most; whole bytes under 1 KiB. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    if (unit === 0 && Math.round(value) < 1024) break
    value /= 1024
    unit++
  }
  if (unit === 0) return `${Math.round(value)} B`
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`
}

/** `1,234,567` */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `3 files`, `1 directory`: a count with its word. */
export function formatCounted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `0.4 s`, `12 s`, `3:05`, `1:02:05`, `2 d 03:00:00`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = twoDigits(seconds % 60)
  if (days > 0) return `${days} d ${twoDigits(hours)}:${twoDigits(minutes)}:${rest}`
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** `45 s`, `12 min`, `3 h`, `12 d`: how long ago, in the largest unit of which there are two; 0 for what is to come. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** `412 MiB/s`, or nothing when no time has passed. */
export function formatRate(bytes: number, milliseconds: number): string {
  return milliseconds < 1 ? '' : `${formatSize((bytes * 1000) / milliseconds)}/s`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
