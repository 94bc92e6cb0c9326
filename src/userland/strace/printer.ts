import { Errno } from '#linux/errno.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { SignalInfo, TraceEvent } from '#linux/syscalls.ts'
import { civil } from '#sim/time.ts'
import type { Micros } from '#sim/wait.ts'
import { Call, type Shown } from './call.ts'
import { FILES } from './decode-files.ts'
import { IO } from './decode-io.ts'
import { PROCESS } from './decode-process.ts'
import type { Filter } from './filter.ts'
import { signal as signalText } from './format.ts'
import type { Summary } from './summary.ts'

/** Where results begin: column of `= `. */
const COLUMN = 40

const DECODERS = { ...FILES, ...PROCESS, ...IO }

/** Calls that a signal restarts by restart_syscall(2), and what strace calls the interruption. */
const RESTART: Readonly<Record<string, string>> = {
  nanosleep: 'ERESTART_RESTARTBLOCK (Interrupted by signal)',
  poll: 'ERESTART_RESTARTBLOCK (Interrupted by signal)',
  pause: 'ERESTARTNOHAND (To be restarted if no handler)',
}
const RESTARTSYS = 'ERESTARTSYS (To be restarted if SA_RESTART is set)'

export interface PrintOptions {
  readonly trace: Filter
  /** Signals that are shown. */
  readonly signals: boolean
  /** -s */
  readonly stringLimit: number
  /** -y */
  readonly paths: boolean
  /** -t, -tt, -ttt, -r */
  readonly time: 'none' | 'seconds' | 'micros' | 'epoch' | 'relative'
  /** -T */
  readonly spent: boolean
  /** `always`: -f into a file; `several`: `[pid N]` as long as several are traced; `never`: a file for one. */
  readonly pids: 'always' | 'several' | 'never'
  /** No `+++ exited +++`. */
  readonly quietExit: boolean
  /** -z, -Z */
  readonly only?: 'successful' | 'failed'
  /** -c: counts only; -C: counts too. */
  readonly summary: Summary | undefined
  readonly lines: boolean
}

type CallEvent = Extract<TraceEvent, { call: string }>

/** A call under way. */
interface Pending {
  readonly event: CallEvent
  /** A line for it is open or was left unfinished. */
  state: 'open' | 'unfinished' | 'hidden'
  /** A signal came: `handler` ends it, `restart` shows it anew. */
  interrupted: boolean
  /** Signals that come once it has returned. */
  readonly held: string[]
}

/** Turns events into strace's lines. `text` are the characters to write now; a line may stay open between events. */
export class Printer {
  readonly #options: PrintOptions
  readonly #pending = new Map<number, Pending>()
  #column = 0
  /** Whose line is open. */
  #open: number | undefined
  #out = ''
  #last: Micros | undefined
  /** Whose events still come. */
  readonly #alive = new Set<number>()

  constructor(options: PrintOptions) {
    this.#options = options
  }

  /** What an event prints. */
  text(event: TraceEvent): string {
    this.#out = ''
    this.#alive.add(event.pid)
    switch (event.kind) {
      case 'enter':
        this.#enter(event)
        break
      case 'exit':
        this.#exit(event)
        break
      case 'call':
        for (const shown of this.#decode(event)) this.#whole(event, shown)
        break
      case 'signal':
        this.#signal(event)
        break
      case 'stopped':
        this.#line(event, `--- stopped by ${signalText(event.signal)} ---`)
        break
      case 'ended':
        this.#ended(event)
        this.#alive.delete(event.pid)
        break
      case 'attached':
        break
    }
    return this.#out
  }

  /** The open line is given up: ` <detached ...>`. */
  detached(): string {
    this.#out = ''
    if (this.#open !== undefined) this.#put(' <detached ...>\n')
    this.#open = undefined
    return this.#out
  }

  #put(text: string): void {
    if (!this.#options.lines) return
    this.#out += text
    const nl = text.lastIndexOf('\n')
    this.#column = nl < 0 ? this.#column + text.length : text.length - nl - 1
  }

  #decode(event: CallEvent): readonly Shown[] {
    const init = {
      args: event.args,
      value: 'value' in event ? event.value : undefined,
      error: 'error' in event ? event.error : undefined,
      limit: this.#options.stringLimit,
      file: this.#options.paths ? event.file : undefined,
      spare: 'spare' in event ? (event.spare ?? 3) : 3,
    }
    const call = new Call(init)
    const shown = DECODERS[event.call]?.(call) ?? unreal(event.call, call)
    return isList(shown) ? shown : [shown]
  }

  #prefix(pid: number, at: Micros): string {
    const { pids, time } = this.#options
    const who =
      pids === 'always'
        ? `${String(pid).padEnd(5)} `
        : pids === 'several' && this.#alive.size > 1
          ? `[pid ${String(pid).padStart(5)}] `
          : ''
    const since = at - (this.#last ?? at)
    this.#last = at
    if (time === 'none') return who
    if (time === 'relative') return `${who}${stamp(since).padStart(13)} `
    if (time === 'epoch') return `${who}${stamp(at)} `
    const c = civil(at)
    const clock = [c.hour, c.minute, c.second].map((n) => String(n).padStart(2, '0')).join(':')
    return `${who}${clock}${time === 'micros' ? `.${String(Math.round(at % 1_000_000)).padStart(6, '0')}` : ''} `
  }

  /** Ends the line of another call. */
  #begin(event: TraceEvent): void {
    if (this.#open !== undefined) {
      this.#put(' <unfinished ...>\n')
      const other = this.#pending.get(this.#open)
      if (other !== undefined) other.state = 'unfinished'
      this.#open = undefined
    }
    this.#put(this.#prefix(event.pid, event.at))
  }

  #line(event: TraceEvent, text: string): void {
    this.#begin(event)
    this.#put(`${text}\n`)
  }

  #shows(shown: Shown, complete: boolean): boolean {
    const { only, trace } = this.#options
    if (!trace(shown.name)) return false
    return only === undefined || (complete && (only === 'failed') === shown.failed)
  }

  #result(shown: Shown, event: CallEvent): string {
    const spent = this.#options.spent && 'spent' in event ? ` <${stamp(event.spent)}>` : ''
    return `${shown.exit}${this.#pad(shown.exit)}= ${shown.result}${spent}\n`
  }

  #pad(text: string): string {
    const column = this.#column + text.length + 2
    return `) ${' '.repeat(Math.max(0, COLUMN - column))}`
  }

  #count(shown: Shown, event: CallEvent): void {
    if (this.#options.trace(shown.name)) this.#options.summary?.add(shown.name, shown.failed, 'spent' in event ? event.spent : 0)
  }

  #whole(event: CallEvent, shown: Shown): void {
    this.#count(shown, event)
    if (!this.#shows(shown, true)) return
    this.#begin(event)
    this.#put(`${shown.name}(${shown.entry}`)
    this.#put(this.#result(shown, event))
  }

  #enter(event: CallEvent & { readonly resumed?: boolean }): void {
    const [shown] = this.#decode(event)
    if (shown === undefined) return
    const pending: Pending = { event, state: 'hidden', interrupted: false, held: [] }
    this.#pending.set(event.pid, pending)
    if (!this.#shows(shown, false)) return
    pending.state = 'open'
    this.#begin(event)
    const restarts = event.resumed === true && (event.call === 'nanosleep' || event.call === 'poll')
    this.#put(restarts ? `restart_syscall(<... resuming interrupted ${shown.name} ...>` : `${shown.name}(${shown.entry}`)
    this.#open = event.pid
  }

  #exit(event: CallEvent): void {
    const pending = this.#pending.get(event.pid)
    this.#pending.delete(event.pid)
    const [shown] = this.#decode(event)
    if (shown === undefined) return
    this.#count(shown, event)
    if (!this.#shows(shown, true)) {
      this.#release(pending)
      return
    }
    if (pending?.interrupted === true) this.#afterHandler(event, shown)
    else if (pending?.state === 'open') this.#close(event, shown)
    else if (pending?.state === 'unfinished') {
      this.#begin(event)
      this.#put(`<... ${shown.name} resumed>`)
      this.#put(this.#result(shown, event))
    } else {
      this.#begin(event)
      this.#put(`${shown.name}(${shown.entry}`)
      this.#put(this.#result(shown, event))
    }
    this.#release(pending)
  }

  #close(event: CallEvent, shown: Shown): void {
    const known = this.#pendingShown(event)
    this.#put(known ? this.#result({ ...shown, exit: '' }, event) : this.#result(shown, event))
    this.#open = undefined
  }

  /** restart_syscall(2) has its arguments on the line already. */
  #pendingShown(event: CallEvent): boolean {
    return 'resumed' in event && event.resumed === true && (event.call === 'nanosleep' || event.call === 'poll')
  }

  /** Signals that waited for the call to return. */
  #release(pending: Pending | undefined): void {
    for (const text of pending?.held ?? []) this.#line(pending?.event as CallEvent, text)
  }

  /** A handler ran during the call: it returns from the handler, with EINTR or started again. */
  #afterHandler(event: CallEvent, shown: Shown): void {
    const ended = 'error' in event && event.error instanceof Errno && event.error.code === 'EINTR'
    const name: Shown = { ...shown, name: 'rt_sigreturn', entry: '{mask=[]}', exit: '' }
    this.#begin(event)
    this.#put(`${name.name}(${name.entry}`)
    this.#put(this.#result(ended ? name : { ...name, result: '0' }, event))
    if (ended) return
    this.#begin(event)
    this.#put(`${shown.name}(${shown.entry}`)
    this.#put(this.#result(shown, event))
  }

  #signal(event: Extract<TraceEvent, { kind: 'signal' }>): void {
    if (!this.#options.signals) return
    const text = `--- ${signalText(event.info.signal)} ${siginfo(event.info)} ---`
    const pending = this.#pending.get(event.pid)
    if (pending?.event.call === 'wait' && event.info.signal === SIGNALS.CHLD) {
      pending.held.push(text)
      return
    }
    const visible = pending !== undefined && pending.state !== 'hidden'
    if (visible) this.#interrupt(pending)
    this.#line(event, text)
    if (!visible) return
    if (event.effect === 'handled') pending.interrupted = true
    else if (event.effect === 'default') pending.state = 'hidden'
    else this.#enter({ ...pending.event, at: event.at })
  }

  #interrupt(pending: Pending): void {
    const { event } = pending
    const [shown] = this.#decode(event)
    if (shown === undefined) return
    const result = `? ${RESTART[event.call] ?? RESTARTSYS}`
    if (pending.state === 'unfinished') {
      this.#begin(event)
      this.#put(`<... ${shown.name} resumed>`)
    }
    const exit = this.#pendingShown(event) ? '' : shown.exit
    this.#put(this.#result({ ...shown, exit, result }, event))
    this.#open = undefined
  }

  #ended(event: Extract<TraceEvent, { kind: 'ended' }>): void {
    const pending = this.#pending.get(event.pid)
    this.#pending.delete(event.pid)
    if (event.signal === undefined) {
      const exit: Shown = { name: 'exit_group', entry: String(event.exit ?? 0), exit: '', result: '?', failed: false }
      if (this.#shows(exit, true)) {
        this.#begin(event)
        this.#put(`exit_group(${exit.entry}`)
        this.#put(`${this.#pad('')}= ?\n`)
      }
    } else if (pending !== undefined && pending.state === 'open' && this.#open === event.pid) {
      this.#put(`${this.#pad('')}= ?\n`)
      this.#open = undefined
    }
    if (this.#options.quietExit) return
    const how = event.signal === undefined ? `exited with ${event.exit ?? 0}` : `killed by ${signalText(event.signal)}`
    this.#line(event, `+++ ${how}${event.coreDumped === true ? ' (core dumped)' : ''} +++`)
  }
}

function isList(shown: Shown | readonly Shown[]): shown is readonly Shown[] {
  return Array.isArray(shown)
}

/** Seconds with six digits. */
function stamp(micros: Micros): string {
  const whole = Math.floor(micros / 1_000_000)
  return `${whole}.${String(Math.floor(micros - whole * 1_000_000)).padStart(6, '0')}`
}

/** A call of the model that is no system call: shown under the model's own name. */
function unreal(name: string, call: Call): Shown {
  const shown = (x: unknown): string => {
    if (typeof x === 'string') return `"${x}"`
    if (typeof x === 'object' && x !== null) return '{...}'
    return String(x)
  }
  const args = call.args.filter((a) => a !== undefined).map((a, i) => (name === 'netlink' && i === 0 ? String(a) : shown(a)))
  const value = call.value === undefined ? '0' : Array.isArray(call.value) ? `[${call.value.length} entries]` : shown(call.value)
  return call.show(name, args.join(', '), value)
}

/** `{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=0, si_utime=0, si_stime=0}` */
function siginfo(info: SignalInfo): string {
  const parts = [`si_signo=${signalText(info.signal)}`, `si_code=${info.code}`]
  if (info.pid !== undefined) parts.push(`si_pid=${info.pid}`, `si_uid=${info.uid ?? 0}`)
  if (info.status !== undefined) {
    const status = info.code === 'CLD_EXITED' ? String(info.status) : signalText(info.status)
    parts.push(`si_status=${status}`, 'si_utime=0', 'si_stime=0')
  }
  return `{${parts.join(', ')}}`
}
