import type { Run } from '../interp/flow.ts'
import { type Completion, type CompletionKind, commonPrefix, completions } from './complete.ts'
import { listing } from './listing.ts'
import type { EditCommand, Readline } from './readline.ts'

function* candidates(rl: Readline, kind?: CompletionKind): Run<Completion> {
  const b = rl.buffer
  return yield* completions(rl.sh, b.text, b.point, kind, rl.bindings.on('completion-ignore-case'))
}

/** Puts a text where the word was; `ending` is not doubled. */
function put(rl: Readline, from: number, text: string, ending: string): boolean {
  const b = rl.buffer
  const after = ending !== '' && b.text[b.point] === ending ? '' : ending
  if (b.text.slice(from, b.point) === text + after) return false
  b.replace(from, b.point, text + after)
  return true
}

function* complete(rl: Readline, kind?: CompletionKind): Run<void> {
  const b = rl.buffer
  const { bindings } = rl
  if (bindings.on('disable-completion')) {
    b.insert('\t')
    return
  }
  const again = rl.listNext && rl.last === rl.current
  rl.listNext = false
  const c = yield* candidates(rl, kind)
  if (c.ran) yield* rl.refresh()
  const [only] = c.matches
  if (only === undefined) return yield* rl.bell()
  if (again && c.matches.length > 1) return yield* list(rl, c)
  if (c.matches.length === 1) {
    put(rl, c.from, c.quote(only, true), c.ending(only))
    return
  }
  const text = c.quote(c.common)
  const changed = (text.length >= b.point - c.from || bindings.on('completion-ignore-case')) && text !== '' && put(rl, c.from, text, '')
  if (bindings.on('show-all-if-ambiguous') || (!changed && bindings.on('show-all-if-unmodified'))) {
    yield* list(rl, c)
    return
  }
  if (!bindings.viMode) yield* rl.bell()
  rl.listNext = !changed
}

/** Whether the user says y; a bell for what is no answer. */
function* answer(rl: Readline, pager: boolean): Run<'yes' | 'no' | 'line'> {
  for (;;) {
    const key = yield* rl.character()
    if (key === 'y' || key === 'Y' || key === ' ') return 'yes'
    if (key === undefined || key === 'n' || key === 'N' || key === '\x7f') return 'no'
    if (key === '\x07') {
      yield* rl.bell()
      return 'no'
    }
    if (pager && (key === '\n' || key === '\r')) return 'line'
    if (pager && (key === 'q' || key === 'Q')) return 'no'
    yield* rl.bell()
  }
}

/** The list of candidates under the line, page by page. */
function* list(rl: Readline, c: Completion): Run<void> {
  const b = rl.buffer
  const { bindings } = rl
  if (c.matches.length === 0) return yield* rl.bell()
  yield* rl.write(`${rl.display.finish()}\n`)
  const limit = bindings.number('completion-query-items')
  if (limit > 0 && c.matches.length >= limit) {
    yield* rl.write(`Display all ${c.matches.length} possibilities? (y or n)`)
    const said = yield* answer(rl, false)
    yield* rl.write('\n')
    if (said === 'no') return yield* rl.write(rl.display.redraw(b.text, b.point))
  }
  const width = bindings.number('completion-display-width')
  const columns = width >= 0 ? Math.min(width, rl.display.columns) : rl.display.columns
  const rows = listing(c.shown, c.marks, columns, bindings.on('print-completions-horizontally')).split('\n').slice(0, -1)
  let lines = 0
  let pending = ''
  for (const [i, row] of rows.entries()) {
    pending += `${row}\n`
    lines++
    if (!bindings.on('page-completions') || lines < rl.rows - 1 || i === rows.length - 1) continue
    yield* rl.write(`${pending}--More--`)
    pending = ''
    const said = yield* answer(rl, true)
    yield* rl.write('\r\x1b[K')
    if (said === 'no') break
    lines = said === 'line' ? lines - 1 : 0
  }
  yield* rl.write(pending + rl.display.redraw(b.text, b.point))
}

/** What menu-complete goes through. */
let menu: { readonly c: Completion; index: number; end: number } | undefined

function* menuComplete(rl: Readline, step: number): Run<void> {
  const b = rl.buffer
  if (!rl.last.startsWith('menu-complete') || menu === undefined) {
    const c = yield* candidates(rl)
    menu = undefined
    const [only] = c.matches
    if (only === undefined) return yield* rl.bell()
    if (c.matches.length === 1) {
      put(rl, c.from, c.quote(only, true), c.ending(only))
      return
    }
    if (rl.bindings.on('show-all-if-ambiguous')) yield* list(rl, c)
    menu = { c, index: 0, end: b.point }
    if (rl.bindings.on('menu-complete-display-prefix')) {
      put(rl, c.from, c.quote(c.common), '')
      menu.end = b.point
      return
    }
  }
  const { c } = menu
  const size = c.matches.length + 1
  menu.index = (((menu.index + step) % size) + size) % size
  const match = menu.index === 0 ? undefined : c.matches[menu.index - 1]
  if (match === undefined) yield* rl.bell()
  b.replace(c.from, menu.end, match === undefined ? c.quote(c.common) : c.quote(match, true) + c.ending(match))
  menu.end = b.point
}

const KINDS = ['filename', 'username', 'hostname', 'variable', 'command'] as const

function ofKinds(): Record<string, EditCommand> {
  const out: Record<string, EditCommand> = {}
  for (const kind of KINDS) {
    out[`complete-${kind}`] = function* (rl) {
      yield* complete(rl, kind)
    }
    out[`possible-${kind}-completions`] = function* (rl) {
      yield* list(rl, yield* candidates(rl, kind))
    }
  }
  return out
}

export const completionCommands: Readonly<Record<string, EditCommand>> = {
  ...ofKinds(),
  *complete(rl) {
    yield* complete(rl)
  },
  *'possible-completions'(rl) {
    yield* list(rl, yield* candidates(rl))
  },
  *'delete-char-or-list'(rl, count, key) {
    if (rl.buffer.point < rl.buffer.text.length || rl.buffer.text === '') yield* rl.call('delete-char', count, key)
    else yield* list(rl, yield* candidates(rl))
  },
  *'insert-completions'(rl) {
    const c = yield* candidates(rl)
    if (c.matches.length === 0) return yield* rl.bell()
    rl.buffer.replace(c.from, rl.buffer.point, c.matches.map((m) => `${c.quote(m)} `).join(''))
  },
  *'menu-complete'(rl, count) {
    yield* menuComplete(rl, count)
  },
  *'menu-complete-backward'(rl, count) {
    yield* menuComplete(rl, -count)
  },
  *'old-menu-complete'(rl, count) {
    yield* menuComplete(rl, count)
  },
  *'complete-into-braces'(rl) {
    const b = rl.buffer
    const c = yield* candidates(rl, 'filename')
    const [only] = c.matches
    if (only === undefined) return yield* rl.bell()
    if (c.matches.length === 1) {
      put(rl, c.from, c.quote(only, true), c.ending(only))
      return
    }
    const common = commonPrefix(c.matches)
    b.replace(c.from, b.point, `${common}{${c.matches.map((m) => m.slice(common.length)).join(',')}} `)
  },
  *'glob-complete-word'(rl) {
    yield* complete(rl, 'glob')
  },
  *'glob-expand-word'(rl) {
    const c = yield* candidates(rl, 'glob')
    if (c.matches.length === 0) return yield* rl.bell()
    rl.buffer.replace(c.from, rl.buffer.point, c.matches.map((m) => `${c.quote(m)} `).join(''))
  },
  *'glob-list-expansions'(rl) {
    yield* list(rl, yield* candidates(rl, 'glob'))
  },
  *'dynamic-complete-history'(rl) {
    const words = new Set((rl.sh.history?.entries ?? []).flatMap((e) => e.line.split(/[\s"'`@><=;|&(]+/)))
    const b = rl.buffer
    const word = /[^\s"'`@><=;|&(]*$/.exec(b.text.slice(0, b.point))?.[0] ?? ''
    const matches = [...words].filter((w) => w !== '' && w.startsWith(word) && w !== word)
    const common = commonPrefix(matches)
    if (matches.length === 0) return yield* rl.bell()
    b.replace(b.point - word.length, b.point, matches.length === 1 ? `${common} ` : common)
    if (matches.length > 1) yield* rl.bell()
  },
  *'tilde-expand'(rl) {
    const b = rl.buffer
    const m = /~([^\s/]*)\S*$/.exec(b.text.slice(0, b.point) + (/^\S*/.exec(b.text.slice(b.point))?.[0] ?? ''))
    const home = m === null ? undefined : rl.sh.expander.tildeHome(m[1] as string)
    if (m === null || home === undefined) return yield* rl.bell()
    b.replace(m.index, m.index + 1 + (m[1] as string).length, home)
    b.point = m.index + home.length + m[0].length - 1 - (m[1] as string).length
  },
}
