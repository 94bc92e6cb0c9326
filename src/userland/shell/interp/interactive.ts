import { Errno } from '#linux/errno.ts'
import { exitForEof } from '../builtins/control.ts'
import { historyOf, loadHistory, writeHistory } from '../builtins/history.ts'
import { compilePattern } from '../expand/pattern.ts'
import { expandPrompt, quotedWord } from '../prompt.ts'
import { expandHistory } from '../readline/history-expand.ts'
import { Interrupted, Readline } from '../readline/readline.ts'
import type { List } from '../syntax/ast.ts'
import { SyntaxProblem } from '../syntax/ast.ts'
import { commandsOf, newParser } from './eval.ts'
import { run } from './exec.ts'
import { BreakFlow, call, DiscardFlow, ExitFlow, InterruptFlow, ReturnFlow, type Run } from './flow.ts'
import { jobState, notifyJobs, reap } from './jobs.ts'
import { inputLine } from './main-loop.ts'
import type { Shell } from './shell.ts'
import { syntaxMessage } from './syntax-message.ts'
import { runPending } from './traps.ts'

/** How an interactive shell treats signals that are not trapped. */
function interactiveSignal(sh: Shell, signal: number): void {
  switch (signal) {
    case 2:
      sh.proc.sigaction(2, () => {
        sh.interrupted = true
      })
      break
    case 1:
      sh.proc.sigaction(1, () => {
        sh.hangup = true
      })
      break
    case 3:
    case 15:
      sh.proc.sigaction(signal, 'ignore')
      break
    case 20:
    case 21:
    case 22:
      sh.proc.sigaction(signal, sh.options.monitor ? 'ignore' : 'default')
      break
    default:
      sh.proc.sigaction(signal, 'default')
  }
}

/** Takes the terminal, with a process group of the shell's own. */
function startJobControl(sh: Shell): void {
  const { proc } = sh
  try {
    proc.tcgetpgrp(2)
    sh.ttyFd = proc.dup(2, 255, true)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    sh.err(
      `bash: cannot set terminal process group (${proc.getpgid()}): Inappropriate ioctl for device\nbash: no job control in this shell\n`,
    )
    return
  }
  sh.options.monitor = true
  for (const n of [20, 21, 22]) interactiveSignal(sh, n)
  if (proc.getpgid() !== proc.pid) {
    try {
      proc.setpgid(0, proc.pid)
    } catch (error) {
      // A session leader keeps its group.
      if (!(error instanceof Errno)) throw error
    }
  }
  sh.shellPgid = proc.getpgid()
  try {
    proc.tcsetpgrp(sh.ttyFd, sh.shellPgid)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** Before the start-up files of an interactive shell are read. */
export function prepareInteractive(sh: Shell): void {
  sh.shopts.expand_aliases = true
  sh.interactiveSignal = (n) => {
    interactiveSignal(sh, n)
  }
  if (!sh.isDash) {
    sh.options.history = true
    sh.options.histexpand = true
    sh.options.emacs = true
    if (sh.get('HISTFILE') === undefined) sh.set('HISTFILE', `${sh.get('HOME') ?? ''}/.bash_history`)
    if (sh.get('HISTSIZE') === undefined) sh.set('HISTSIZE', '500')
    if (sh.get('HISTFILESIZE') === undefined) sh.set('HISTFILESIZE', '500')
    historyOf(sh)
  }
  for (const n of [1, 2, 3, 15, 20, 21, 22]) interactiveSignal(sh, n)
  if (!sh.isDash) sh.proc.sigaction(28, () => windowSize(sh))
  startJobControl(sh)
  windowSize(sh)
}

function windowSize(sh: Shell): void {
  if (sh.isDash) return
  try {
    const { rows, cols } = sh.proc.getWinSize(2)
    if (cols > 0) sh.set('COLUMNS', String(cols))
    if (rows > 0) sh.set('LINES', String(rows))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

/** Reads and runs commands from the terminal until the end. */
export function* interactiveLoop(sh: Shell): Run<number> {
  const editing = !sh.isDash && sh.proc.isatty(0)
  if (editing) {
    sh.readline = new Readline(sh)
    const file = sh.get('HISTFILE')
    const text = file ? yield* sh.readFile(file) : undefined
    if (text !== undefined) loadHistory(historyOf(sh), text, sh.proc.now())
    historyOf(sh).written = historyOf(sh).entries.length
  }
  let line = 1
  let eofs = 0
  for (;;) {
    if (sh.hangup) return yield* hangUp(sh)
    notifyJobs(sh)
    if (sh.pendingSignals.length > 0) yield* runPending(sh)
    if (sh.shopts.checkwinsize) windowSize(sh)
    yield* promptCommands(sh)
    let got: { list: List | undefined; line: number; text: string } | undefined
    try {
      got = yield* readCommand(sh, line)
    } catch (error) {
      if (!(error instanceof Interrupted) && !(error instanceof InterruptFlow)) throw error
      sh.err('\n')
      sh.lastStatus = 130
      yield* sh.flush()
      yield* reap(sh)
      continue
    }
    if (got === undefined) {
      if (sh.hangup) return yield* hangUp(sh)
      const ignore = sh.options.ignoreeof ? Number(sh.get('IGNOREEOF') || 10) : 0
      if (++eofs <= ignore) {
        sh.err(`Use "${sh.loginShell ? 'logout' : 'exit'}" to leave the shell.\n`)
        continue
      }
      try {
        exitForEof(sh)
      } catch (error) {
        if (!(error instanceof ExitFlow)) throw error
        yield* leave(sh)
        return error.status
      }
      continue
    }
    eofs = 0
    // What ended while the prompt was shown is told before the next one; what ends during a builtin, one later.
    yield* reap(sh)
    line = got.line
    if (got.list === undefined) continue
    try {
      const warned = sh.exitWarned
      yield* runCommand(sh, got.list)
      if (warned) sh.exitWarned = false
    } catch (error) {
      if (!(error instanceof ExitFlow)) throw error
      yield* leave(sh)
      return error.status
    }
  }
}

function* runCommand(sh: Shell, list: List): Run<void> {
  const ps0 = sh.get('PS0')
  if (ps0) sh.err(expandPrompt(sh, ps0).replace(/[\x01\x02]/g, ''))
  sh.commandNumber++
  try {
    yield* run(sh, list)
  } catch (error) {
    if (error instanceof InterruptFlow) {
      sh.err('\n')
      sh.lastStatus = 130
    } else if (error instanceof DiscardFlow) sh.lastStatus = error.status
    else if (!(error instanceof BreakFlow) && !(error instanceof ReturnFlow)) throw error
    while (sh.scope.frames.length > 0) sh.scope.pop()
    sh.loops = 0
    sh.conditionDepth = 0
  }
  yield* sh.flush()
}

/** PROMPT_COMMAND, which may be an array. */
function* promptCommands(sh: Shell): Run<void> {
  if (sh.isDash) return
  const v = sh.lookup('PROMPT_COMMAND')
  for (const text of v?.elements() ?? []) {
    const { lastStatus } = sh
    try {
      yield* call(commandsOf(sh, text, { line: 1 }))
    } catch (error) {
      if (!(error instanceof DiscardFlow) && !(error instanceof InterruptFlow)) throw error
    }
    yield* sh.flush()
    sh.lastStatus = lastStatus
  }
}

/** The prompt, commands in it run. */
function* promptOf(sh: Shell, name: 'PS1' | 'PS2'): Run<string> {
  const text = sh.get(name) ?? ''
  // busybox's line editor knows bash's escapes.
  if (sh.flavour === 'dash') {
    const word = quotedWord(sh, text)
    return yield* sh.expander.settle(() => sh.expander.quotedText(word))
  }
  const { lastStatus } = sh
  const prompt = yield* sh.expander.settle(() => expandPrompt(sh, text))
  sh.lastStatus = lastStatus
  return prompt
}

/** Reads a line behind its prompt; `initial` stands there already. */
function* readLine(sh: Shell, name: 'PS1' | 'PS2', initial = ''): Run<string | undefined> {
  yield* sh.flush()
  const prompt = yield* promptOf(sh, name)
  sh.shownPrompt = prompt
  if (sh.readline !== undefined) {
    const line = yield* sh.readline.read(prompt, initial)
    return line === undefined ? undefined : `${line}\n`
  }
  sh.err(prompt.replace(/[\x01\x02]/g, ''))
  yield* sh.flush()
  return yield* inputLine(sh)
}

/** Reads lines until they make a complete command. Undefined at the end of the file. */
function* readCommand(sh: Shell, line: number): Run<{ list: List | undefined; line: number; text: string } | undefined> {
  let text = ''
  let entry = ''
  let inHeredoc = false
  let heredoc = false
  let quote: '' | "'" | '"' = ''
  let initial = ''
  for (;;) {
    const first = text === ''
    let more = yield* readLine(sh, first ? 'PS1' : 'PS2', initial)
    initial = ''
    if (more === undefined) {
      if (first) return undefined
      more = ''
    }
    if (sh.options.histexpand && sh.history !== undefined && !inHeredoc && /[!^]/.test(more)) {
      const r = expandHistory(more.replace(/\n$/, ''), sh.history, quote)
      if (r.error !== undefined) {
        sh.err(`${sh.errorPrefix()}${r.error}\n`)
        yield* sh.flush()
        return { list: undefined, line, text }
      }
      if (r.changed) {
        if (sh.shopts.histverify === true && sh.readline !== undefined && r.printOnly !== true) {
          initial = r.text
          continue
        }
        sh.err(`${r.text}\n`)
        if (r.printOnly) {
          sh.history.push(r.text, sh.proc.now())
          return { list: undefined, line, text }
        }
        more = `${r.text}\n`
      }
    }
    entry = joinEntry(entry, more, text)
    text += more
    const eof = more === ''
    const parser = newParser(sh, text, line, !eof)
    let list: List | undefined
    try {
      if (!eof && /(?:^|[^\\])(?:\\\\)*\\\n$/.test(text)) continue
      list = parser.complete()
      inHeredoc = parser.heredocOpen && !eof
      if (inHeredoc) {
        heredoc = true
        continue
      }
      const rest = parser.atEnd ? undefined : parser.complete()
      if (rest !== undefined && list !== undefined) list = { ...list, items: [...list.items, ...rest.items] }
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error
      inHeredoc = parser.heredocOpen
      quote = openQuote(error.message)
      if (error.incomplete && !eof) continue
      remember(sh, entry)
      syntaxMessage(sh, error)
      sh.lastStatus = 2
      return { list: undefined, line: line + text.split('\n').length - 1, text }
    }
    // The newline behind a here-document's end belongs to it.
    if (text.trim() !== '') remember(sh, heredoc && /<<[^;]*\n/.test(entry) ? `${entry}\n` : entry)
    return { list, line: line + text.split('\n').length - 1, text }
  }
}

/** The quotation mark that a text misses at its end, by what the parser says of it. */
function openQuote(message: string): '' | "'" | '"' {
  return message.endsWith("matching `''") ? "'" : message.endsWith('matching `"\'') ? '"' : ''
}

/** Lines of one command as one entry of the history (shopt cmdhist). */
function joinEntry(entry: string, more: string, before: string): string {
  const line = more.replace(/\n$/, '')
  if (before === '') return line
  if (/<<-?\s*['"]?\w/.test(before) || (before.match(/"/g)?.length ?? 0) % 2 === 1 || (before.match(/'/g)?.length ?? 0) % 2 === 1)
    return `${entry}\n${line}`
  if (/\\$/.test(entry)) return entry.slice(0, -1) + line
  if (line.trim() === '') return entry
  return /(?:^|\s)(?:do|then|else|elif|in|\{|\(|!|time)$|[|&;({]$/.test(entry.trimEnd()) ? `${entry} ${line}` : `${entry}; ${line}`
}

function remember(sh: Shell, entry: string): void {
  const h = sh.history
  if (h === undefined || !sh.options.history || entry === '') return
  const control = (sh.get('HISTCONTROL') ?? '').split(':')
  const both = control.includes('ignoreboth')
  if ((both || control.includes('ignorespace')) && entry.startsWith(' ')) return
  const last = h.entries.at(-1)?.line
  if ((both || control.includes('ignoredups')) && last === entry) return
  for (const pattern of (sh.get('HISTIGNORE') ?? '').split(':')) {
    if (pattern !== '' && compilePattern(pattern.replace('&', last ?? ''), { extglob: true, nocase: false, utf8: sh.utf8 }).matches(entry))
      return
  }
  if (control.includes('erasedups')) {
    const kept = h.entries.filter((e) => e.line !== entry)
    h.entries.splice(0, h.entries.length, ...kept)
  }
  h.push(entry, sh.proc.now())
}

/** Saves the history. */
function* leave(sh: Shell): Run<void> {
  const file = sh.get('HISTFILE')
  if (sh.history === undefined || !file || sh.readline === undefined) return
  yield* writeHistory(sh, file, sh.shopts.histappend === true || sh.history.written <= sh.history.entries.length, true)
}

/** The terminal is gone: jobs are told, and the shell dies of the signal. */
function* hangUp(sh: Shell): Run<number> {
  for (const job of sh.jobs.list()) {
    if (job.noHup || jobState(job) === 'done') continue
    try {
      sh.proc.kill(-job.pgid, 1)
      if (jobState(job) === 'stopped') sh.proc.kill(-job.pgid, 18)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
  }
  yield* leave(sh)
  yield* sh.flush()
  sh.proc.sigaction(1, 'default')
  sh.proc.kill(sh.proc.pid, 1)
  return 129
}
