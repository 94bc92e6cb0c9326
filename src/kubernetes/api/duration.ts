/** Durations as tables show them. Source: apimachinery pkg/util/duration. */
import type { Micros } from '#sim/wait.ts'

/** `5s`, `3m12s`, `4d3h`; `<invalid>` more than a second before now. */
export function humanDuration(micros: Micros): string {
  const seconds = Math.trunc(micros / 1_000_000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.trunc(hours / 24 / 365)
  if (hours < 24 * 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`
  return `${years}y`
}

/** As Go prints a time.Duration: `1m30s`, `500ms`. */
export function goDuration(micros: Micros): string {
  if (micros === 0) return '0s'
  const sign = micros < 0 ? '-' : ''
  const us = Math.abs(micros)
  if (us < 1000) return `${sign}${us}µs`
  if (us < 1_000_000) return `${sign}${us / 1000}ms`
  const hours = Math.floor(us / 3_600_000_000)
  const minutes = Math.floor(us / 60_000_000) % 60
  const seconds = (us % 60_000_000) / 1_000_000
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}
