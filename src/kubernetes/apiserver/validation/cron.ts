/** Cron schedules, as the parser of CronJobs complains of them. Source: github.com/robfig/cron v3, ParseStandard. */

const FIELDS: readonly {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  {
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
]
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])

/** What is wrong with a schedule; undefined when nothing is. */
export function cronProblem(schedule: string): string | undefined {
  const zone = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/.exec(schedule)
  if (zone !== null) {
    const name = zone[1] ?? ''
    return isTimeZone(name) ? cronProblem(zone[2] ?? '') : `provided bad location ${name}: unknown time zone ${name}`
  }
  if (schedule.startsWith('@')) {
    if (DESCRIPTORS.has(schedule)) return undefined
    if (schedule.startsWith('@every '))
      return /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(schedule)
        ? undefined
        : `failed to parse duration ${schedule}: time: invalid duration "${schedule.slice(7)}"`
    return `unrecognized descriptor: ${schedule}`
  }
  const fields = schedule.split(/\s+/).filter((f) => f !== '')
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [i, text] of fields.entries()) {
    const bounds = FIELDS[i]
    if (bounds === undefined) continue
    for (const part of text.split(',')) {
      const problem = rangeProblem(part, bounds)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

function rangeProblem(
  expression: string,
  bounds: {
    readonly min: number
    readonly max: number
    readonly names?: readonly string[]
  },
): string | undefined {
  const [range = '', step, ...more] = expression.split('/')
  if (more.length > 0) return `too many slashes: ${expression}`
  const [low = '', high, ...rest] = range.split('-')
  let start: number
  let end: number
  if (low === '*' || low === '?') {
    start = bounds.min
    end = bounds.max
  } else {
    if (rest.length > 0) return `too many hyphens: ${expression}`
    const first = value(low, bounds.names)
    if (typeof first === 'string') return first
    start = first
    end = first
    if (high !== undefined) {
      const last = value(high, bounds.names)
      if (typeof last === 'string') return last
      end = last
    } else if (step !== undefined) end = bounds.max
  }
  if (step !== undefined) {
    const n = value(step)
    if (typeof n === 'string') return n
    if (n === 0) return `step of range should be a positive number: ${expression}`
  }
  if (start < bounds.min) return `beginning of range (${start}) below minimum (${bounds.min}): ${expression}`
  if (end > bounds.max) return `end of range (${end}) above maximum (${bounds.max}): ${expression}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`
  return undefined
}

function value(text: string, names: readonly string[] | undefined = undefined): number | string {
  const index = names?.indexOf(text.toLowerCase()) ?? -1
  if (index >= 0) return names?.length === 12 ? index + 1 : index
  if (/^[+-]?\d+$/.test(text)) {
    const n = Number(text)
    return n < 0 ? `negative number (${n}) not allowed: ${text}` : n
  }
  return `failed to parse int from ${text}: strconv.Atoi: parsing "${text}": invalid syntax`
}

const REGIONS = new Set([
  'Africa',
  'America',
  'Antarctica',
  'Arctic',
  'Asia',
  'Atlantic',
  'Australia',
  'Brazil',
  'Canada',
  'Chile',
  'Europe',
  'Indian',
  'Mexico',
  'Pacific',
  'US',
  'Etc',
])

/** Differs: any city of a region that exists is taken for a time zone. */
export function isTimeZone(zone: string): boolean {
  if (['UTC', 'GMT', 'CET', 'EET', 'EST', 'HST', 'MET', 'MST', 'WET', 'Local'].includes(zone)) return zone !== 'Local'
  const [region = '', city = ''] = zone.split('/')
  return REGIONS.has(region) && /^[A-Za-z][A-Za-z_+\-0-9]*$/.test(city)
}
