/**
 * The page's end of a lab: starts its worker, carries messages, keeps what the page shows (state, clock, tasks, terminals) and
 * saves the input log so that a reload goes on where the reader was.
 *
 * States: `idle` (not started) → `booting` → `ready`; `crashed` from any of them; `restart` goes back to `booting`.
 * Events: `state`, `clock`, `terminals`, `task` (detail: TaskState), `idle` (nothing left to happen), `saved`, `notice`; `request`
 * (detail: the message; prevented by whoever will answer it) and `cancelled` (detail: its number); `afresh` (another world begins).
 */
import type { ClusterView, FromLab, HttpPart, InputLog, LabInput, MachineName, Rate, TaskState, ToLab } from '../../lab/protocol.ts'
import { progress } from '../../progress/browser.ts'
import { parseLog, terminalsOf } from './log.ts'

export type LabState = 'idle' | 'booting' | 'ready' | 'crashed'

export interface LabOptions {
  /** Whose log this is: the chapter's id. */
  readonly chapter: string
  readonly scenario: string
  readonly seed: number
  readonly tasks: readonly string[]
  readonly machines: readonly MachineName[]
}

/** Where the bytes of a terminal go. Calls `drawn` when they are on the screen. */
export interface Screen {
  write(data: Uint8Array, drawn: () => void): void
  closed(exit: number): void
  reset(): void
  readonly rows: number
  readonly cols: number
}

export interface LabTerminal {
  readonly id: string
  readonly machine: MachineName
  /** Output that came before the screen was there. */
  readonly early: Uint8Array[]
  /** What was typed before its shell was asked for. */
  ahead: string
  screen: Screen | undefined
  state: 'new' | 'open' | 'closed'
}

/** A request of a program outside of the lab to its API server. */
export type OutsideRequest = Omit<Extract<LabInput, { readonly type: 'http' }>, 'type' | 'request'>

/** A longer piece of input is sent as several, as a terminal would. */
const MAX_INPUT_CHARS = 2048
const SAVE_AFTER_MS = 700

export class LabSession extends EventTarget {
  state: LabState = 'idle'
  note = ''
  /** Virtual time in microseconds since 1970, undefined before the lab is ready. */
  time: number | undefined
  rate: Rate = 1
  readonly terminals = new Map<string, LabTerminal>()
  readonly tasks = new Map<string, TaskState>()
  readonly options: LabOptions
  #worker: Worker | undefined
  #waiting: (() => void)[] = []
  #saving: ReturnType<typeof setTimeout> | undefined
  #requests = 0
  readonly #answers = new Map<number, (view: ClusterView) => void>()
  readonly #http = new Map<number, (part: HttpPart) => void>()
  #crash: { readonly message: string; readonly trace: string; readonly log: string | undefined } | undefined

  constructor(options: LabOptions) {
    super()
    this.options = options
  }

  get crash(): { readonly message: string; readonly trace: string; readonly log: string | undefined } | undefined {
    return this.#crash
  }

  /** Boots the lab unless it runs already; replays the log of an earlier visit if there is one. */
  async start(): Promise<void> {
    if (this.state !== 'idle') return
    this.#become('booting', 'Starting the cluster…')
    const worker = new Worker(new URL('../../lab/worker.ts', import.meta.url), { type: 'module' })
    this.#worker = worker
    worker.onmessage = (event: MessageEvent<FromLab>) => this.#hear(event.data)
    worker.onerror = (event) => {
      event.preventDefault()
      this.#crashed(event.message === '' ? 'The lab could not be loaded.' : event.message, '')
    }
    const { chapter, scenario, seed, tasks } = this.options
    const stored = await (await progress()).loadLog(chapter)
    const log = stored === undefined ? undefined : parseLog(stored, scenario, seed)
    if (stored !== undefined && log === undefined) await (await progress()).removeLog(chapter)
    // Restarted meanwhile: that start has its own worker.
    if (this.#worker !== worker) return
    for (const { id, machine } of log === undefined ? [] : terminalsOf(log)) this.#adopt(id, machine)
    this.#send(log === undefined ? { type: 'start', scenario, seed, tasks } : { type: 'start', scenario, seed, tasks, log })
  }

  /** Throws this world away and boots a fresh one. Progress stays; the input log goes. */
  async restart(): Promise<void> {
    this.#worker?.terminate()
    this.#worker = undefined
    clearTimeout(this.#saving)
    this.#saving = undefined
    await (await progress()).removeLog(this.options.chapter)
    this.#crash = undefined
    this.time = undefined
    this.tasks.clear()
    this.#waiting = []
    this.#dropRequests('the lab was restarted')
    this.state = 'idle'
    this.#afresh()
    await this.start()
    if (this.rate !== 1) this.setRate(this.rate)
  }

  /** A terminal on a machine: the one that is there, or a new one. */
  terminal(machine: MachineName): LabTerminal {
    for (const terminal of this.terminals.values()) if (terminal.machine === machine && terminal.state !== 'closed') return terminal
    return this.newTerminal(machine)
  }

  newTerminal(machine: MachineName): LabTerminal {
    let number = 1
    while (this.terminals.has(`${machine}-${number}`)) number++
    const terminal = this.#adopt(`${machine}-${number}`, machine)
    terminal.state = 'new'
    this.dispatchEvent(new Event('terminals'))
    return terminal
  }

  /** Gives a terminal its screen: what it has printed so far is drawn, and its shell is started if it has none. */
  attach(terminal: LabTerminal, screen: Screen): void {
    terminal.screen = screen
    for (const data of terminal.early.splice(0)) this.#draw(terminal, data)
    this.whenReady(() => {
      const { id, machine } = terminal
      if (terminal.state === 'new') this.#input({ type: 'open', terminal: id, machine, rows: screen.rows, cols: screen.cols })
      else if (terminal.state === 'open') this.resize(id, screen.rows, screen.cols)
      if (terminal.state !== 'new') return
      terminal.state = 'open'
      const { ahead } = terminal
      terminal.ahead = ''
      this.type(id, ahead)
    })
  }

  /** Types into a terminal once the lab is there. */
  type(id: string, data: string): void {
    this.whenReady(() => {
      const terminal = this.terminals.get(id)
      if (terminal?.state === 'closed') {
        if (data.includes('\r')) this.#reopen(terminal)
        return
      }
      if (terminal?.state === 'new') {
        terminal.ahead += data
        return
      }
      for (let at = 0; at < data.length; at += MAX_INPUT_CHARS) {
        this.#input({ type: 'data', terminal: id, data: data.slice(at, at + MAX_INPUT_CHARS) })
      }
    })
  }

  /** A fresh shell in a terminal whose shell has ended. */
  #reopen(terminal: LabTerminal): void {
    terminal.state = 'new'
    if (terminal.screen !== undefined) this.attach(terminal, terminal.screen)
    this.dispatchEvent(new Event('terminals'))
  }

  resize(id: string, rows: number, cols: number): void {
    if (this.state !== 'ready' || this.terminals.get(id)?.state !== 'open') return
    this.#input({ type: 'resize', terminal: id, rows, cols })
  }

  close(id: string): void {
    const terminal = this.terminals.get(id)
    if (terminal?.state === 'open' && this.state === 'ready') this.#input({ type: 'close', terminal: id })
    this.terminals.delete(id)
    this.dispatchEvent(new Event('terminals'))
  }

  setRate(rate: Rate): void {
    this.rate = rate
    this.whenReady(() => this.#send({ type: 'rate', rate }))
    this.dispatchEvent(new Event('clock'))
  }

  /** A summary of the cluster as it is now. Never answered by a lab that is restarted meanwhile. */
  cluster(): Promise<ClusterView> {
    const id = ++this.#requests
    this.#send({ type: 'getCluster', id })
    return new Promise((resolve) => this.#answers.set(id, resolve))
  }

  /**
   * Asks the cluster's API server as a program outside would, with the administrator's rights. `hear` gets the answer in parts: the
   * last one is an `end` or an `error` (which a restart of the lab is, too). Returns how to cancel.
   */
  http(request: OutsideRequest, hear: (part: HttpPart) => void): () => void {
    const id = ++this.#requests
    this.#http.set(id, hear)
    this.whenReady(() => {
      if (this.#http.has(id)) this.#input({ type: 'http', request: id, ...request })
    })
    return () => {
      if (this.#http.delete(id) && this.state === 'ready') this.#input({ type: 'httpCancel', request: id })
    }
  }

  /** Nobody will answer what was asked of a world that is gone. */
  #dropRequests(message: string): void {
    const hearers = [...this.#http.values()]
    this.#http.clear()
    for (const hear of hearers) hear({ kind: 'error', message })
  }

  /** Answers a `request`; too late an answer is ignored. */
  answer(request: number, value: unknown): void {
    if (this.state === 'ready') this.#input({ type: 'answer', request, value })
  }

  /** Runs it now, or when the lab is ready. Dropped by a restart. */
  whenReady(act: () => void): void {
    if (this.state === 'ready') act()
    else this.#waiting.push(act)
  }

  #adopt(id: string, machine: MachineName): LabTerminal {
    const known = this.terminals.get(id)
    if (known !== undefined) {
      known.state = 'open'
      return known
    }
    const terminal: LabTerminal = { id, machine, early: [], ahead: '', screen: undefined, state: 'open' }
    this.terminals.set(id, terminal)
    this.dispatchEvent(new Event('terminals'))
    return terminal
  }

  #hear(message: FromLab): void {
    switch (message.type) {
      case 'booting':
        this.#become('booting', message.note)
        return
      case 'ready':
        this.time = message.time
        this.#become('ready', '')
        for (const act of this.#waiting.splice(0)) act()
        return
      case 'output': {
        const terminal = this.terminals.get(message.terminal)
        if (terminal === undefined) this.#send({ type: 'ack', terminal: message.terminal, bytes: message.data.length })
        else if (terminal.screen === undefined) terminal.early.push(message.data)
        else this.#draw(terminal, message.data)
        return
      }
      case 'closed': {
        const terminal = this.terminals.get(message.terminal)
        if (terminal === undefined) return
        terminal.state = 'closed'
        terminal.screen?.closed(message.exit)
        this.dispatchEvent(new Event('terminals'))
        return
      }
      case 'http':
        this.#answered(message.request, message.part)
        return
      case 'task':
        this.tasks.set(message.state.task, message.state)
        this.dispatchEvent(new CustomEvent('task', { detail: message.state }))
        return
      case 'clock':
        this.time = message.time
        this.rate = message.rate
        this.dispatchEvent(new Event('clock'))
        if (message.idle) this.dispatchEvent(new Event('idle'))
        return
      case 'log':
        void this.#keep(message.log)
        return
      case 'diverged':
        this.#diverged()
        return
      case 'crashed':
        this.#crashed(message.message, message.trace)
        return
      case 'request':
        // Said at once when nobody will answer, or the program that asked would wait for ever.
        if (this.dispatchEvent(new CustomEvent('request', { detail: message, cancelable: true })))
          this.answer(message.request, { unsupported: true })
        return
      case 'requestCancelled':
        this.dispatchEvent(new CustomEvent('cancelled', { detail: message.request }))
        return
      case 'cluster':
        this.#answers.get(message.id)?.(message.view)
        this.#answers.delete(message.id)
        return
      case 'trace':
        return
    }
  }

  #answered(request: number, part: HttpPart): void {
    const hear = this.#http.get(request)
    if (part.kind === 'end' || part.kind === 'error') this.#http.delete(request)
    hear?.(part)
  }

  #draw(terminal: LabTerminal, data: Uint8Array): void {
    const ack: ToLab = { type: 'ack', terminal: terminal.id, bytes: data.length }
    if (terminal.screen === undefined) this.#send(ack)
    else terminal.screen.write(data, () => this.#send(ack))
  }

  #input(input: LabInput): void {
    this.#send({ type: 'input', input })
    clearTimeout(this.#saving)
    this.#saving = setTimeout(() => this.save(), SAVE_AFTER_MS)
  }

  /** Asks the lab for its log, to keep it. Done by itself shortly after the last input. */
  save(): void {
    clearTimeout(this.#saving)
    this.#saving = undefined
    if (this.state === 'ready') this.#send({ type: 'getLog', id: ++this.#requests })
  }

  /** Whether inputs were made that are not saved yet. */
  get unsaved(): boolean {
    return this.#saving !== undefined
  }

  async #keep(log: InputLog): Promise<void> {
    const kept = await (await progress()).saveLog(this.options.chapter, JSON.stringify(log))
    if (!kept) this.#say('This lab has been used for so long that a reload will start it afresh. Tasks done stay done.')
    this.dispatchEvent(new Event('saved'))
  }

  /** The replay came out differently (another version of the book): the lab started afresh, so do its terminals. */
  #diverged(): void {
    void progress().then((p) => p.removeLog(this.options.chapter))
    this.#dropRequests('the lab was restarted')
    this.#afresh()
    this.#say('Your earlier session could not be replayed in this version of the book, so the lab started afresh. Tasks done stay done.')
  }

  /** Empties every terminal; each opens anew when the lab is ready. */
  #afresh(): void {
    this.dispatchEvent(new Event('afresh'))
    for (const terminal of this.terminals.values()) {
      terminal.early.length = 0
      terminal.ahead = ''
      terminal.state = 'new'
      if (terminal.screen === undefined) continue
      terminal.screen.reset()
      this.attach(terminal, terminal.screen)
    }
  }

  #say(notice: string): void {
    this.dispatchEvent(new CustomEvent('notice', { detail: notice }))
  }

  #crashed(message: string, trace: string): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#crash = { message, trace, log: undefined }
    this.#dropRequests('the lab has stopped')
    this.#become('crashed', message)
    void this.#report(message, trace)
  }

  /** Moves the log into the report: replaying it after a reload would only lead here again. */
  async #report(message: string, trace: string): Promise<void> {
    const record = await progress()
    this.#crash = { message, trace, log: await record.loadLog(this.options.chapter) }
    await record.removeLog(this.options.chapter)
  }

  #become(state: LabState, note: string): void {
    this.state = state
    this.note = note
    this.dispatchEvent(new Event('state'))
  }

  #send(message: ToLab): void {
    this.#worker?.postMessage(message)
  }
}

let current: LabSession | undefined

/** The lab of this page; `pd-dock` makes it. */
export function lab(): LabSession | undefined {
  return current
}

export function openLab(options: LabOptions): LabSession {
  current ??= new LabSession(options)
  document.dispatchEvent(new Event('podlab:lab'))
  return current
}

/** Calls back with the page's lab, at once or when the dock has made it. */
export function withLab(act: (lab: LabSession) => void): void {
  if (current !== undefined) act(current)
  else document.addEventListener('podlab:lab', () => current !== undefined && act(current), { once: true })
}
