import type { Sim } from '#sim/wait.ts'
import { globToRegExp } from '../lib/glob.ts'
import type { UnitInfo } from './control.ts'
import { paint } from './status.ts'
import type { Client } from './systemctl.ts'
import { relative, timestamp } from './times.ts'
import { unitFileNames, unitFileState, unitName } from './unit.ts'

/** Rows in columns as wide as their longest cell; no blanks after the last. `paintCell` may colour a padded cell. */
function columns(
  rows: readonly (readonly string[])[],
  paintCell: (row: number, column: number, text: string) => string = (_r, _c, t) => t,
): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => (row[c] ?? '').length)))
  return rows.map((row, r) => row.map((cell, c) => paintCell(r, c, c === row.length - 1 ? cell : cell.padEnd(widths[c] ?? 0))).join(' '))
}

function filter(client: Client, names: readonly string[]): (name: string) => boolean {
  const types = client.opts.value('t')?.split(',')
  const patterns = names.map((n) => globToRegExp(/[*?[]/.test(n) ? n : unitName(n)))
  return (name) =>
    (types === undefined || types.includes(name.slice(name.lastIndexOf('.') + 1))) &&
    (patterns.length === 0 || patterns.some((p) => p.test(name)))
}

/** list-units and --failed. */
export function* listUnits(client: Client, names: readonly string[]): Sim<number> {
  const { opts } = client
  const all = opts.has('a')
  const states = [...(opts.value('state')?.split(',') ?? []), ...(opts.has('failed') ? ['failed'] : [])]
  const keep = filter(client, names)
  const units = ((yield* client.ask({ verb: 'list' })).units ?? []).filter((u: UnitInfo) => {
    if (!keep(u.name)) return false
    if (states.length > 0) return states.some((s) => s === u.active || s === u.sub || s === u.load)
    return all || u.active !== 'inactive'
  })
  const legend = !opts.has('no-legend') && opts.value('legend') !== 'no'
  const rows = [
    ...(legend ? [['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION']] : []),
    ...units.map((u) => [u.name, u.load, u.active, u.sub, u.description]),
  ]
  const marks = [...(legend ? [' '] : []), ...units.map((u) => (u.active === 'failed' ? '●' : ' '))]
  const lines = columns(rows, (r, c, text) => {
    const unit = units[legend ? r - 1 : r]
    return unit?.active === 'failed' && c >= 2 && c <= 3 ? paint(text, 'failed', client.color) : text
  }).map((line, i) => (opts.has('plain') ? line : `${paint(marks[i] ?? ' ', marks[i] === '●' ? 'failed' : '', client.color)} ${line}`))
  let text = lines.map((line) => `${line}\n`).join('')
  if (legend) {
    if (units.length > 0) {
      text +=
        '\nLOAD   = Reflects whether the unit definition was properly loaded.\n' +
        'ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n' +
        'SUB    = The low-level unit activation state, values depend on unit type.\n'
    }
    const hint = all || states.length > 0 ? '' : ' Pass --all to see loaded but inactive units, too.'
    text += `${units.length} loaded units listed.${hint}\n`
    if (hint !== '') text += "To show all installed unit files use 'systemctl list-unit-files'.\n"
  }
  if (text !== '') yield* client.out(text)
  return 0
}

/** list-unit-files. */
export function* listUnitFiles(client: Client, names: readonly string[]): Sim<number> {
  const keep = filter(client, names)
  const states = client.opts.value('state')?.split(',')
  const rows: string[][] = []
  for (const name of unitFileNames(client.proc).filter(keep)) {
    const state = (yield* unitFileState(client.proc, name)) ?? 'bad'
    if (states !== undefined && !states.includes(state)) continue
    rows.push([name, state, state === 'enabled' || state === 'disabled' ? 'enabled' : '-'])
  }
  const legend = !client.opts.has('no-legend') && client.opts.value('legend') !== 'no'
  const lines = columns([...(legend ? [['UNIT FILE', 'STATE', 'PRESET']] : []), ...rows])
  yield* client.out(
    `${lines.map((l) => `${l}\n`).join('')}${legend ? `${lines.length > 1 ? '\n' : ''}${rows.length} unit files listed.\n` : ''}`,
  )
  return 0
}

/** list-timers. */
export function* listTimers(client: Client): Sim<number> {
  const now = client.proc.now()
  const timers = ((yield* client.ask({ verb: 'list' })).units ?? [])
    .filter((u) => u.name.endsWith('.timer') && u.active === 'active')
    .sort((a, b) => (a.next ?? Number.POSITIVE_INFINITY) - (b.next ?? Number.POSITIVE_INFINITY) || (a.name < b.name ? -1 : 1))
  const legend = !client.opts.has('no-legend')
  const rows = timers.map((u) => [
    u.next === undefined ? '-' : timestamp(u.next),
    u.next === undefined ? '-' : relative(now - u.next),
    u.activeExit === 0 ? '-' : timestamp(u.activeExit),
    u.activeExit === 0 ? '-' : relative(now - u.activeExit),
    u.name,
    u.sections['Timer']?.['Unit']?.[0] ?? u.name.replace(/\.timer$/, '.service'),
  ])
  const lines = columns([...(legend ? [['NEXT', 'LEFT', 'LAST', 'PASSED', 'UNIT', 'ACTIVATES']] : []), ...rows])
  yield* client.out(
    `${lines.map((l) => `${l}\n`).join('')}${legend ? `\n${rows.length} timers listed.\nPass --all to see loaded but inactive timers, too.\n` : ''}`,
  )
  return 0
}
