import { Errno } from '#linux/errno.ts'
import { O } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { singleQuote } from '../expand/quote.ts'
import { commandsOf } from '../interp/eval.ts'
import { call, type Run } from '../interp/flow.ts'
import { quotedWord } from '../prompt.ts'
import { expandHistory, historyWords } from './history-expand.ts'
import type { EditCommand, Readline } from './readline.ts'
import { search } from './search.ts'

function* go(rl: Readline, to: number): Run<void> {
  const { history } = rl.sh
  const next = history?.next ?? 1
  const base = history?.base ?? 1
  const target = Math.max(base, Math.min(next, to))
  if (target === rl.at) return yield* rl.bell()
  rl.goTo(target)
}

/** Lines with the text before the cursor (PgUp, PgDn). */
let prefix = ''

function* searchPrefix(rl: Readline, step: -1 | 1, substring = false): Run<void> {
  const { history } = rl.sh
  const b = rl.buffer
  if (!/^history-.*search/.test(rl.last)) prefix = b.text.slice(0, b.point)
  if (prefix === '') return yield* go(rl, rl.at + step)
  const shown = b.text
  for (let n = rl.at + step; history !== undefined && n >= history.base && n < history.next; n += step) {
    const line = history.get(n) ?? ''
    if ((substring ? line.includes(prefix) : line.startsWith(prefix)) && line !== shown) {
      rl.goTo(n)
      b.point = substring ? line.indexOf(prefix) + prefix.length : prefix.length
      return
    }
  }
  yield* rl.bell()
}

/** The text of the last search that was typed behind a colon. */
let searched = ''

function* searchTyped(rl: Readline, step: -1 | 1, again: boolean): Run<void> {
  const { history } = rl.sh
  if (!again) {
    const typed = yield* readText(rl, ':')
    if (typed === undefined) return yield* rl.bell()
    if (typed !== '') searched = typed
  }
  if (searched === '') return yield* rl.bell()
  for (let n = rl.at + step; history !== undefined && n >= history.base && n < history.next; n += step) {
    const at = (history.get(n) ?? '').indexOf(searched)
    if (at < 0) continue
    rl.goTo(n)
    rl.buffer.point = at
    return
  }
  yield* rl.bell()
}

/** Reads a text in the place of the line, behind a mark; undefined when it was broken off. */
export function* readText(rl: Readline, mark: string): Run<string | undefined> {
  let typed = ''
  for (;;) {
    yield* rl.write(rl.display.swapPrompt(rl.modePrompt + mark, typed, typed.length))
    const c = yield* rl.character()
    if (c === '\n' || c === '\r') break
    if (c === undefined || c === '\x07' || c === '\x1b' || (typed === '' && (c === '\x7f' || c === '\b'))) {
      yield* rl.endMessage()
      return undefined
    }
    if (c === '\x7f' || c === '\b') typed = typed.slice(0, -1)
    else if (c === '\x15') typed = ''
    else typed += c
  }
  yield* rl.endMessage()
  return typed
}

let yanked: { at: number; from: number; step: number; count: number | undefined } | undefined

/** M-. : the last argument of the line before, or the argument that was asked for; again: of the line before that. */
function* yankLast(rl: Readline, count: number): Run<void> {
  const { history } = rl.sh
  const b = rl.buffer
  if (rl.last === 'yank-last-arg' && yanked !== undefined) {
    if (rl.explicit && count < 0) yanked.step = -yanked.step
    b.undo()
  } else yanked = { at: rl.at, from: b.point, step: -1, count: rl.explicit ? count : undefined }
  yanked.at = Math.max((history?.base ?? 1) - 1, Math.min(history?.next ?? 1, yanked.at + yanked.step))
  const line = history?.get(yanked.at)
  if (line === undefined) return yield* rl.bell()
  const word = nth(line, yanked.count)
  if (word === undefined) return yield* rl.bell()
  b.group(() => b.insert(word))
}

function nth(line: string, count: number | undefined): string | undefined {
  const words = historyWords(line)
  return count === undefined ? words.at(-1) : count < 0 ? words.at(count) : words[count]
}

/** The editor of fc on the line, which then runs (C-x C-e, v). */
export function* editLine(rl: Readline, fallback: string): Run<void> {
  const { sh, buffer: b } = rl
  const path = `/tmp/bash-fc.${sh.proc.pid}`
  try {
    const fd = yield* sh.proc.open(path, O.WRONLY | O.CREAT | O.TRUNC, 0o600)
    yield* sh.proc.write(fd, encode(`${b.text}\n`))
    sh.proc.close(fd)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* rl.bell()
  }
  const editor = sh.get('VISUAL') || sh.get('EDITOR') || fallback
  if (b.text !== '') sh.history?.push(b.text, sh.proc.now())
  yield* rl.write('\r\x1b[K')
  yield* rl.cooked(function* () {
    yield* call(commandsOf(sh, `${editor} ${singleQuote(path)}`, { line: sh.line }))
    yield* sh.flush()
    if (sh.lastStatus !== 0) return
    const edited = ((yield* sh.readFile(path)) ?? '').replace(/\n+$/, '')
    if (edited === '') return
    yield* rl.write(`${edited}\n`)
    sh.history?.entries.pop()
    sh.history?.push(edited, sh.proc.now())
    yield* call(commandsOf(sh, edited, { line: sh.line }))
    yield* sh.flush()
  })
  try {
    sh.proc.unlink(path)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  b.reset('')
  rl.at = sh.history?.next ?? 1
  yield* rl.write(rl.display.start(rl.modePrompt))
}

export const historyCommands: Readonly<Record<string, EditCommand>> = {
  *'previous-history'(rl, count) {
    yield* go(rl, rl.at - count)
  },
  *'next-history'(rl, count) {
    yield* go(rl, rl.at + count)
  },
  *'beginning-of-history'(rl) {
    yield* go(rl, rl.sh.history?.base ?? 1)
  },
  *'end-of-history'(rl) {
    const end = rl.sh.history?.next ?? 1
    if (rl.at !== end) rl.goTo(end)
  },
  *'fetch-history'(rl, count) {
    yield* go(rl, rl.explicit ? count : (rl.sh.history?.base ?? 1))
  },
  *'reverse-search-history'(rl) {
    yield* incremental(rl, true)
  },
  *'forward-search-history'(rl) {
    yield* incremental(rl, false)
  },
  *'history-search-backward'(rl) {
    yield* searchPrefix(rl, -1)
  },
  *'history-search-forward'(rl) {
    yield* searchPrefix(rl, 1)
  },
  *'history-substring-search-backward'(rl) {
    yield* searchPrefix(rl, -1, true)
  },
  *'history-substring-search-forward'(rl) {
    yield* searchPrefix(rl, 1, true)
  },
  *'non-incremental-reverse-search-history'(rl) {
    yield* searchTyped(rl, -1, false)
  },
  *'non-incremental-forward-search-history'(rl) {
    yield* searchTyped(rl, 1, false)
  },
  *'non-incremental-reverse-search-history-again'(rl) {
    yield* searchTyped(rl, -1, true)
  },
  *'non-incremental-forward-search-history-again'(rl) {
    yield* searchTyped(rl, 1, true)
  },
  *'yank-last-arg'(rl, count) {
    yield* yankLast(rl, count)
  },
  *'insert-last-argument'(rl, count) {
    rl.current = 'yank-last-arg'
    yield* yankLast(rl, count)
  },
  *'yank-nth-arg'(rl, count) {
    const line = rl.sh.history?.get(rl.at - 1)
    const word = line === undefined ? undefined : nth(line, count)
    if (word === undefined) return yield* rl.bell()
    rl.buffer.group(() => rl.buffer.insert(word))
  },
  *'operate-and-get-next'(rl) {
    rl.done = true
    const full = (rl.sh.history?.next ?? 1) === rl.at
    rl.nextPlace = full ? undefined : rl.at + 1
  },
  *'history-expand-line'(rl) {
    yield* expandEvents(rl)
  },
  *'magic-space'(rl) {
    yield* expandEvents(rl)
    rl.buffer.insert(' ')
  },
  *'history-and-alias-expand-line'(rl) {
    yield* expandEvents(rl)
    expandAlias(rl)
  },
  *'alias-expand-line'(rl) {
    expandAlias(rl)
  },
  *'shell-expand-line'(rl) {
    const { sh, buffer: b } = rl
    yield* expandEvents(rl)
    expandAlias(rl)
    const parts: string[] = []
    for (const [i, part] of b.text.split(/(\s+|'[^']*')/).entries()) {
      if (/^\s*$/.test(part)) parts.push(part)
      else if (part.startsWith("'")) parts.push(part.slice(1, -1))
      else {
        const tilde = i > 0 ? part : part.replace(/^~([^/]*)/, (whole, user: string) => sh.expander.tildeHome(user) ?? whole)
        const word = quotedWord(sh, tilde.replace(/"/g, ''))
        parts.push(yield* sh.expander.settle(() => sh.expander.quotedText(word)))
      }
    }
    const line = parts.join('')
    if (line !== b.text) b.set(line)
    b.point = b.text.length
  },
  *'edit-and-execute-command'(rl) {
    yield* editLine(rl, 'emacs')
  },
  *'vi-edit-and-execute-command'(rl) {
    yield* editLine(rl, 'vi')
  },
}

function* incremental(rl: Readline, backward: boolean): Run<void> {
  const key = yield* search(rl, backward)
  if (key !== undefined) rl.push(key)
}

function* expandEvents(rl: Readline): Run<void> {
  const { history } = rl.sh
  if (history === undefined) return
  const r = expandHistory(rl.buffer.text, history)
  if (r.error !== undefined) return yield* rl.bell()
  if (r.changed) rl.buffer.set(r.text)
}

function expandAlias(rl: Readline): void {
  const b = rl.buffer
  const word = /^\s*(\S+)/.exec(b.text)
  const value = word === null ? undefined : rl.sh.aliases.get(word[1] as string)
  if (word === null || value === undefined) return
  b.set(value + b.text.slice(word[0].length))
}
