import { civil } from '#sim/time.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** Offset of a POSIX TZ such as `EST5` or `<+02>-2`, in seconds east; zone files are not modelled and count as UTC. */
function zone(tz: string | undefined): { name: string; offset: number } {
  const m = /^(?:([A-Za-z]{3,})|<([^>]+)>)([-+]?)(\d{1,2})(?::(\d{2}))?/.exec(tz ?? '')
  if (m === null) return { name: 'UTC', offset: 0 }
  const seconds = Number(m[4]) * 3600 + Number(m[5] ?? 0) * 60
  return { name: m[1] ?? (m[2] as string), offset: m[3] === '-' ? seconds : -seconds }
}

/** strftime(3) in the C locale. `time` in microseconds since the epoch. */
export function formatTime(format: string, time: number, tz?: string): string {
  const { name, offset } = zone(tz)
  const c = civil(time + offset * 1e6)
  const two = (n: number): string => String(n).padStart(2, '0')
  const blank = (n: number): string => String(n).padStart(2, ' ')
  const hour12 = c.hour % 12 === 0 ? 12 : c.hour % 12
  const week = (first: number): number => Math.floor((c.yearday - 1 + 7 - ((c.weekday - first + 7) % 7)) / 7)
  const iso = (): { year: number; week: number } => {
    const weekday = (c.weekday + 6) % 7
    const w = Math.floor((c.yearday - 1 - weekday + 10) / 7)
    const leap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0
    const weeks = (y: number): number => {
      const jan1 = (((c.weekday - (c.yearday - 1)) % 7) + 7) % 7
      const day = y === c.year ? jan1 : (((jan1 - (leap(y) ? 366 : 365)) % 7) + 7) % 7
      return day === 4 || (leap(y) && day === 3) ? 53 : 52
    }
    if (w < 1) return { year: c.year - 1, week: weeks(c.year - 1) }
    return w > weeks(c.year) ? { year: c.year + 1, week: 1 } : { year: c.year, week: w }
  }
  const one = (f: string): string => {
    switch (f) {
      case 'a':
        return (DAYS[c.weekday] as string).slice(0, 3)
      case 'A':
        return DAYS[c.weekday] as string
      case 'b':
      case 'h':
        return (MONTHS[c.month - 1] as string).slice(0, 3)
      case 'B':
        return MONTHS[c.month - 1] as string
      case 'c':
        return formatTime('%a %b %e %H:%M:%S %Y', time, tz)
      case 'C':
        return two(Math.floor(c.year / 100))
      case 'd':
        return two(c.day)
      case 'D':
      case 'x':
        return formatTime('%m/%d/%y', time, tz)
      case 'e':
        return blank(c.day)
      case 'F':
        return formatTime('%Y-%m-%d', time, tz)
      case 'g':
        return two(iso().year % 100)
      case 'G':
        return String(iso().year)
      case 'H':
        return two(c.hour)
      case 'I':
        return two(hour12)
      case 'j':
        return String(c.yearday).padStart(3, '0')
      case 'k':
        return blank(c.hour)
      case 'l':
        return blank(hour12)
      case 'm':
        return two(c.month)
      case 'M':
        return two(c.minute)
      case 'n':
        return '\n'
      case 'N':
        return String(c.micros * 1000).padStart(9, '0')
      case 'p':
        return c.hour < 12 ? 'AM' : 'PM'
      case 'P':
        return c.hour < 12 ? 'am' : 'pm'
      case 'r':
        return formatTime('%I:%M:%S %p', time, tz)
      case 'R':
        return formatTime('%H:%M', time, tz)
      case 's':
        return String(Math.floor(time / 1e6))
      case 'S':
        return two(c.second)
      case 't':
        return '\t'
      case 'T':
      case 'X':
        return formatTime('%H:%M:%S', time, tz)
      case 'u':
        return String(c.weekday === 0 ? 7 : c.weekday)
      case 'U':
        return two(week(0))
      case 'V':
        return two(iso().week)
      case 'w':
        return String(c.weekday)
      case 'W':
        return two(week(1))
      case 'y':
        return two(c.year % 100)
      case 'Y':
        return String(c.year)
      case 'z':
        return `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 3600))}${two(Math.floor((Math.abs(offset) % 3600) / 60))}`
      case 'Z':
        return name
      case '%':
        return '%'
      default:
        return `%${f}`
    }
  }
  return format.replace(/%[EO]?([-_0^#]?)([\s\S])/g, (_, flag: string, f: string) => {
    const s = one(f)
    if (flag === '-') return s.replace(/^[0 ]+(?=\d)/, '')
    if (flag === '_') return s.replace(/^0+(?=\d)/, (z) => ' '.repeat(z.length))
    return flag === '^' ? s.toUpperCase() : s
  })
}
