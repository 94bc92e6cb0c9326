import { lower, upper } from '../expand/text.ts'
import type { Run } from '../interp/flow.ts'
import { completionCommands } from './complete-commands.ts'
import { historyCommands } from './history-commands.ts'
import { loadInputrc } from './init.ts'
import type { EditCommand, Readline } from './readline.ts'
import { viCommands } from './vi.ts'

/** Repeats `back` or `forth` of a signed count. */
function times(count: number, step: () => void): void {
  for (let i = 0; i < count; i++) step()
}

const motion: Readonly<Record<string, EditCommand>> = {
  *'beginning-of-line'(rl) {
    rl.buffer.point = 0
  },
  *'end-of-line'(rl) {
    rl.buffer.point = rl.buffer.text.length
  },
  *'forward-char'(rl, count) {
    const b = rl.buffer
    if (count < 0) return yield* backwardChar(rl, -count)
    const end = rl.bindings.viMode && rl.vi.command ? b.left(b.text.length) : b.text.length
    if (b.point >= end) return yield* rl.bell()
    times(count, () => {
      if (b.point < end) b.point = b.right()
    })
  },
  *'backward-char'(rl, count) {
    if (count < 0) return yield* (motion['forward-char'] as EditCommand)(rl, -count, '')
    yield* backwardChar(rl, count)
  },
  *'forward-word'(rl, count) {
    moveWords(rl, count)
  },
  *'backward-word'(rl, count) {
    moveWords(rl, -count)
  },
  *'shell-forward-word'(rl, count) {
    times(count, () => {
      rl.buffer.point = shellWordRight(rl.buffer.text, rl.buffer.point)
    })
  },
  *'shell-backward-word'(rl, count) {
    times(count, () => {
      rl.buffer.point = shellWordLeft(rl.buffer.text, rl.buffer.point)
    })
  },
  *'character-search'(rl, count) {
    yield* characterSearch(rl, count)
  },
  *'character-search-backward'(rl, count) {
    yield* characterSearch(rl, -count)
  },
  *'set-mark'(rl, count) {
    rl.buffer.mark = rl.explicit ? count : rl.buffer.point
  },
  *'exchange-point-and-mark'(rl) {
    const b = rl.buffer
    if (b.mark > b.text.length) {
      b.mark = 0
      return yield* rl.bell()
    }
    const { mark } = b
    b.mark = b.point
    b.point = mark
  },
  *'clear-screen'(rl) {
    yield* rl.write(`\x1b[H\x1b[2J${rl.display.redrawAll(rl.buffer.text, rl.buffer.point)}`)
  },
  *'clear-display'(rl) {
    yield* rl.write(`\x1b[H\x1b[2J\x1b[3J${rl.display.redrawAll(rl.buffer.text, rl.buffer.point)}`)
  },
  *'redraw-current-line'(rl) {
    yield* rl.endMessage()
  },
}

function* backwardChar(rl: Readline, count: number): Run<void> {
  const b = rl.buffer
  let left = count
  for (; left > 0 && b.point > 0; left--) b.point = b.left()
  if (left > 0) yield* rl.bell()
}

function moveWords(rl: Readline, count: number): void {
  const b = rl.buffer
  times(Math.abs(count), () => {
    b.point = count < 0 ? b.wordLeft() : b.wordRight()
  })
}

/** End of the word of the shell's grammar behind `at`. */
function shellWordRight(text: string, at: number): number {
  const m = /^[\s|&;()<>]*(?:[^\s|&;()<>"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)*/s.exec(text.slice(at))
  return at + (m?.[0].length ?? 0)
}

function shellWordLeft(text: string, at: number): number {
  let start = 0
  for (const m of text.slice(0, at).matchAll(/(?:[^\s|&;()<>"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/gs)) start = m.index
  return start
}

function* characterSearch(rl: Readline, count: number): Run<void> {
  const b = rl.buffer
  const c = yield* rl.character()
  if (c === undefined) return
  let at = b.point
  for (let i = 0; i < Math.abs(count); i++) {
    at = count > 0 ? b.text.indexOf(c, at + 1) : at === 0 ? -1 : b.text.lastIndexOf(c, at - 1)
    if (at < 0) return yield* rl.bell()
  }
  b.point = at
}

const text: Readonly<Record<string, EditCommand>> = {
  *'delete-char'(rl, count, key) {
    const b = rl.buffer
    if (key === '\x04' && b.text === '' && rl.last !== 'delete-char') {
      rl.ended = true
      rl.done = true
      return
    }
    if (count < 0) return yield* rubout(rl, -count)
    if (b.point === b.text.length) return yield* rl.bell()
    const from = b.point
    let to = from
    times(count, () => {
      to = b.right(to)
    })
    if (rl.explicit) b.kill(from, to)
    else b.delete(from, to)
  },
  *'backward-delete-char'(rl, count) {
    if (count < 0) return yield* (text['delete-char'] as EditCommand)(rl, -count, '')
    yield* rubout(rl, count)
  },
  *'forward-backward-delete-char'(rl, count) {
    if (rl.buffer.point < rl.buffer.text.length) yield* (text['delete-char'] as EditCommand)(rl, count, '')
    else yield* rubout(rl, count)
  },
  *'delete-horizontal-space'(rl) {
    const b = rl.buffer
    let from = b.point
    let to = b.point
    while (/[ \t]/.test(b.text[from - 1] ?? '')) from--
    while (/[ \t]/.test(b.text[to] ?? '')) to++
    b.delete(from, to)
    b.point = from
  },
  *'quoted-insert'(rl, count) {
    const c = yield* rl.character()
    if (c !== undefined) rl.buffer.insert(c.repeat(Math.max(1, count)))
  },
  *'tab-insert'(rl, count) {
    rl.buffer.insert('\t'.repeat(Math.max(0, count)))
  },
  *'overwrite-mode'(rl, count) {
    rl.overwrite = rl.explicit ? count > 0 : !rl.overwrite
  },
  *'transpose-chars'(rl, count) {
    if (!rl.buffer.transposeCharacters(count)) yield* rl.bell()
  },
  *'transpose-words'(rl, count) {
    if (!rl.buffer.transposeWords(count)) yield* rl.bell()
  },
  *'shell-transpose-words'(rl) {
    const b = rl.buffer
    const end2 = shellWordRight(b.text, b.point)
    const start2 = shellWordLeft(b.text, end2)
    const start1 = shellWordLeft(b.text, start2)
    const end1 = shellWordRight(b.text, start1)
    if (start1 === start2 || end1 > start2) return yield* rl.bell()
    b.replace(start1, end2, b.text.slice(start2, end2) + b.text.slice(end1, start2) + b.text.slice(start1, end1))
  },
  *'upcase-word'(rl, count) {
    changeCase(rl, count, (w) => upper(w, true))
  },
  *'downcase-word'(rl, count) {
    changeCase(rl, count, (w) => lower(w, true))
  },
  *'capitalize-word'(rl, count) {
    changeCase(rl, count, (w) => w.replace(/[\p{L}\p{N}]+/gu, (x) => upper(x.slice(0, 1), true) + lower(x.slice(1), true)))
  },
  *undo(rl, count) {
    for (let i = 0; i < count; i++) if (!rl.buffer.undo()) return yield* rl.bell()
  },
  *'revert-line'(rl) {
    const b = rl.buffer
    if (!b.undo()) return yield* rl.bell()
    while (b.undo());
    if (rl.bindings.viMode) b.point = 0
  },
  *'bracketed-paste-begin'(rl) {
    let pasted = ''
    for (;;) {
      const c = yield* rl.character()
      if (c === undefined) break
      pasted += c
      if (pasted.endsWith('\x1b[201~')) {
        pasted = pasted.slice(0, -6)
        break
      }
    }
    rl.buffer.insert(pasted.replace(/\r/g, '\n'))
  },
  *'insert-comment'(rl, count) {
    const b = rl.buffer
    const mark = rl.bindings.text('comment-begin')
    b.point = 0
    if (rl.explicit && count !== 1 && b.text.startsWith(mark)) b.delete(0, mark.length)
    else b.insert(mark)
    rl.done = true
  },
}

function* rubout(rl: Readline, count: number): Run<void> {
  const b = rl.buffer
  if (b.point === 0) return yield* rl.bell()
  if (rl.overwrite && !rl.explicit && b.point < b.text.length) {
    b.group(() => {
      b.delete(b.left(), b.point)
      b.insert(' ')
    })
    b.point--
    return
  }
  const to = b.point
  let from = to
  for (let i = 0; i < count && from > 0; i++) from = b.left(from)
  if (rl.explicit) b.kill(to, from)
  else b.delete(from, to)
}

function changeCase(rl: Readline, count: number, change: (words: string) => string): void {
  const b = rl.buffer
  const start = b.point
  moveWords(rl, count)
  const [from, to] = count < 0 ? [b.point, start] : [start, b.point]
  if (from !== to) b.replace(from, to, change(b.text.slice(from, to)))
  b.point = to
}

/** Kills from the cursor to where `to` says. */
function killTo(rl: Readline, count: number, to: (at: number, forward: boolean) => number): void {
  const b = rl.buffer
  let at = b.point
  for (let i = 0; i < Math.abs(count); i++) at = to(at, count > 0)
  b.kill(b.point, at)
}

const kill: Readonly<Record<string, EditCommand>> = {
  *'kill-line'(rl, count) {
    rl.buffer.kill(rl.buffer.point, count < 0 ? 0 : rl.buffer.text.length)
  },
  *'backward-kill-line'(rl, count) {
    if (count < 0) rl.buffer.kill(rl.buffer.point, rl.buffer.text.length)
    else if (rl.buffer.point === 0) yield* rl.bell()
    else rl.buffer.kill(rl.buffer.point, 0)
  },
  *'unix-line-discard'(rl) {
    if (rl.buffer.point === 0) return yield* rl.bell()
    rl.buffer.kill(rl.buffer.point, 0)
  },
  *'kill-whole-line'(rl) {
    rl.buffer.point = rl.buffer.text.length
    rl.buffer.kill(rl.buffer.point, 0)
  },
  *'kill-word'(rl, count) {
    killTo(rl, count, (at, forward) => (forward ? rl.buffer.wordRight(at) : rl.buffer.wordLeft(at)))
  },
  *'backward-kill-word'(rl, count) {
    killTo(rl, count, (at, forward) => (forward ? rl.buffer.wordLeft(at) : rl.buffer.wordRight(at)))
  },
  *'shell-kill-word'(rl, count) {
    killTo(rl, count, (at) => shellWordRight(rl.buffer.text, at))
  },
  *'shell-backward-kill-word'(rl, count) {
    killTo(rl, count, (at) => shellWordLeft(rl.buffer.text, at))
  },
  *'unix-word-rubout'(rl, count) {
    if (rl.buffer.point === 0) return yield* rl.bell()
    killTo(rl, Math.max(1, count), (at) => rl.buffer.wordLeft(at, true))
  },
  *'unix-filename-rubout'(rl, count) {
    if (rl.buffer.point === 0) return yield* rl.bell()
    killTo(rl, Math.max(1, count), (at) => at - (/(?:[^\s/]+|\/)?[\s/]*$/.exec(rl.buffer.text.slice(0, at))?.[0].length ?? 0))
  },
  *'kill-region'(rl) {
    const b = rl.buffer
    b.kill(b.point, Math.min(b.mark, b.text.length))
  },
  *'copy-region-as-kill'(rl) {
    const b = rl.buffer
    b.copy(b.point, Math.min(b.mark, b.text.length))
  },
  *'copy-forward-word'(rl) {
    rl.buffer.copy(rl.buffer.point, rl.buffer.wordRight())
  },
  *'copy-backward-word'(rl) {
    rl.buffer.copy(rl.buffer.point, rl.buffer.wordLeft())
  },
  *yank(rl) {
    const b = rl.buffer
    const top = b.kills.at(-1)
    if (top === undefined) return yield* rl.bell()
    b.mark = b.point
    b.insert(top)
  },
  *'yank-pop'(rl) {
    const b = rl.buffer
    const top = b.kills.at(-1)
    if ((rl.last !== 'yank' && rl.last !== 'yank-pop') || top === undefined) return yield* rl.bell()
    b.kills.pop()
    b.kills.unshift(top)
    b.delete(b.point - top.length, b.point)
    b.mark = b.point
    b.insert(b.kills.at(-1) as string)
  },
}

/** Reads an argument: digits, a minus before them; then the key it is for. */
function* argument(rl: Readline, first: string, universal: boolean): Run<void> {
  let sign = 1
  let digits = ''
  let value = universal ? 4 : 1
  let pending: string | undefined = first
  const shown = (): number => sign * (digits === '' ? value : Number(digits))
  for (;;) {
    yield* rl.message(`(arg: ${shown()}) `)
    const key = pending ?? (yield* rl.key())
    pending = undefined
    if (key === undefined) return
    const digit = /^\x1b?(\d)$/.exec(key)?.[1]
    if (digit !== undefined) digits = (digits + digit).slice(0, 9)
    else if (/^\x1b?-$/.test(key) && digits === '' && sign === 1) {
      sign = -1
      value = 1
    } else if (universal && key === first && digits === '') value *= 4
    else {
      yield* rl.endMessage()
      rl.push(key)
      const next = yield* rl.character()
      if (next !== undefined) yield* rl.dispatch(next, shown(), true)
      return
    }
  }
}

const miscellaneous: Readonly<Record<string, EditCommand>> = {
  *'accept-line'(rl) {
    rl.done = true
    rl.vi.accepted(rl)
  },
  *abort(rl) {
    yield* rl.bell()
  },
  *'digit-argument'(rl, _count, key) {
    yield* argument(rl, key.replace(/^\x1b/, ''), false)
  },
  *'universal-argument'(rl, _count, key) {
    yield* argument(rl, key, true)
  },
  *'start-kbd-macro'(rl) {
    if (rl.recording !== undefined) return yield* rl.bell()
    rl.recording = ''
  },
  *'end-kbd-macro'(rl, _count, key) {
    if (rl.recording === undefined) return yield* rl.bell()
    rl.macro = rl.recording.slice(0, rl.recording.length - key.length)
    rl.recording = undefined
  },
  *'call-last-kbd-macro'(rl, count) {
    if (rl.macro === '' || rl.recording !== undefined) return yield* rl.bell()
    rl.push(rl.macro.repeat(Math.min(100, Math.max(0, count))))
  },
  *'re-read-init-file'(rl) {
    yield* loadInputrc(rl.sh, rl.bindings, true)
  },
  *'display-shell-version'(rl) {
    yield* rl.write(`\nGNU bash, version ${rl.sh.get('BASH_VERSION') ?? ''} (${rl.sh.get('MACHTYPE') ?? ''})\n`)
    yield* rl.write(rl.display.redraw(rl.buffer.text, rl.buffer.point))
  },
  *'vi-editing-mode'(rl) {
    rl.bindings.set('editing-mode', 'vi')
    rl.vi.start(rl)
  },
  *'emacs-editing-mode'(rl) {
    rl.bindings.set('editing-mode', 'emacs')
  },
}

/** Every function of the editor, by the name that keys are bound to. */
export const COMMANDS: ReadonlyMap<string, EditCommand> = new Map(
  [motion, text, kill, miscellaneous, historyCommands, completionCommands, viCommands].flatMap((group) => Object.entries(group)),
)
