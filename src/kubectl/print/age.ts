/** Durations as kubectl shows them. Source: apimachinery, util/duration HumanDuration. */
import { civil, parseRfc3339 } from '#sim/time.ts'

/** `5s`, `3m12s`, `4d3h`; `<invalid>` for more than a second ago in the future. */
export function humanDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  const s = Math.floor(seconds)
  if (s < 120) return `${s}s`
  const minutes = Math.floor(s / 60)
  if (minutes < 10) return s % 60 === 0 ? `${minutes}m` : `${minutes}m${s % 60}s`
  if (minutes < 180) return `${minutes}m`
  const hours = Math.floor(minutes / 60)
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`
  if (hours < 48) return `${hours}h`
  const days = Math.floor(hours / 24)
  if (hours < 192) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.floor(days / 365)
  if (hours < 24 * 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`
  return `${years}y`
}

/** Age of a timestamp at `now` (microseconds); `<unknown>` without one. */
export function age(timestamp: string | undefined | null, now: number): string {
  const time = timestamp === undefined || timestamp === null ? undefined : parseRfc3339(timestamp)
  return time === undefined ? '<unknown>' : humanDuration((now - time) / 1_000_000)
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 1123 with a numeric zone, as describe prints times: `Mon, 23 Nov 2026 00:24:01 +0000`. */
export function rfc1123(timestamp: string | undefined): string {
  const time = timestamp === undefined ? undefined : parseRfc3339(timestamp)
  if (time === undefined) return '<unset>'
  const c = civil(time)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${DAYS[c.weekday]}, ${two(c.day)} ${MONTHS[c.month - 1]} ${c.year} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} +0000`
}
