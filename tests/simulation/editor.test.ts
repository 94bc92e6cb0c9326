/** vim and nano on a laptop, with the test in the place of the page. */
import { beforeAll, describe, expect, test } from 'vitest'
import { loadPrograms } from '#lab/programs.ts'
import type { EditorAnswer, EditorRequest } from '#lab/protocol.ts'
import { World } from '#lab/world.ts'
import { decode } from '#sim/bytes.ts'
import { SECOND } from '#sim/time.ts'

beforeAll(async () => {
  await loadPrograms()
})

const TERMINAL = 'laptop-1'

/** A laptop with one terminal; `requests` are those that wait for an answer. */
class Desk {
  readonly world: World
  readonly requests = new Map<number, EditorRequest>()
  readonly cancelled: number[] = []
  screen = ''

  constructor() {
    this.world = new World('laptop', 3, {
      output: (_, data) => {
        this.screen += decode(data)
      },
      closed: () => undefined,
      request: (request, kind, payload) => {
        if (kind === 'editor') this.requests.set(request, payload as EditorRequest)
      },
      requestCancelled: (request) => {
        this.requests.delete(request)
        this.cancelled.push(request)
      },
      http: () => undefined,
      needsProgram: () => undefined,
    })
    this.world.sim.run({ until: this.world.sim.now + SECOND })
  }

  open(): this {
    for (const terminal of [TERMINAL, 'laptop-2']) this.world.input({ type: 'open', terminal, machine: 'laptop', rows: 24, cols: 80 })
    this.#advance()
    return this
  }

  /** Types a line; returns what appears. */
  type(line: string, terminal = TERMINAL): string {
    this.screen = ''
    this.world.input({ type: 'data', terminal, data: `${line}\r` })
    this.#advance()
    return this.screen.replaceAll('\r', '')
  }

  /** The one editor that is open. */
  get request(): EditorRequest {
    expect(this.requests.size).toBe(1)
    return [...this.requests.values()][0] as EditorRequest
  }

  answer(value: EditorAnswer): void {
    const [request = -1] = this.requests.keys()
    this.requests.delete(request)
    this.world.input({ type: 'answer', request, value })
    this.#advance()
  }

  #advance(): void {
    const { sim, awaited } = this.world
    const until = sim.now + SECOND
    while (sim.run({ until, stop: () => awaited.size > 0 }) === 'stopped') {
      for (const [request, name] of [...awaited]) this.world.input({ type: 'answer', request, value: { program: name } })
    }
  }
}

const desk = (): Desk => new Desk().open()

describe('vim', () => {
  test('a new file, saved twice and left', () => {
    const d = desk()
    expect(d.type('vim a.yaml')).toContain(`\x1b]7411;open;${d.request.token}\x07`)
    expect(d.request).toEqual({
      editor: 'vim',
      version: 'VIM - Vi IMproved 9.0',
      token: d.request.token,
      path: 'a.yaml',
      readonly: false,
      text: '',
      message: '"a.yaml" [New]',
    })
    const { token } = d.request
    d.answer({ action: 'save', text: 'a: 1\nb: 2' })
    expect(d.request).toMatchObject({ token, saved: true, text: 'a: 1\nb: 2', message: '"a.yaml" [New] 2L, 10B written' })
    expect(d.world.readFile('laptop', '/home/learner/a.yaml')).toBe('a: 1\nb: 2\n')
    d.answer({ action: 'save', text: 'a: 1', quit: true })
    expect(d.requests.size).toBe(0)
    expect(d.screen).toContain(`\x1b]7411;close;${token}\x07`)
    expect(d.type('echo $? $(cat a.yaml)')).toContain('\n0 a: 1\n')
  })

  test.each([
    ["printf 'x\\ny' > f", '"f" [noeol] 2L, 3B', 'x\ny', 'x\ny\n'],
    ["printf 'x\\r\\ny\\r\\n' > f", '"f" [dos] 2L, 6B', 'x\ny', 'x\r\ny\r\n'],
    ["printf 'caf\\351\\n' > f", '"f" [converted] 1L, 5B', 'café', decode(Uint8Array.of(99, 97, 102, 0xe9, 10))],
    [': > f', '"f" 0L, 0B', '', ''],
    ['echo x > f; chmod 444 f', '"f" [readonly] 1L, 2B', 'x', 'x\n'],
  ])('%s: what is shown, and what is written back', (make, message, text, written) => {
    const d = desk()
    d.type(make)
    d.type('vi f')
    expect(d.request).toMatchObject({ message, text })
    d.answer({ action: 'save', text, force: true, quit: true })
    expect(d.world.readFile('laptop', '/home/learner/f')).toBe(written)
    expect(d.type('stat -c %a f')).toMatch(make.includes('444') ? /\n444\n/ : /\n644\n/)
  })

  test.each([
    ['vim /etc/passwd', { action: 'save', text: '' }, '"/etc/passwd" E212: Can\'t open file for writing'],
    ['vim nowhere/f', { action: 'save', text: 'x' }, '"nowhere/f" E212: Can\'t open file for writing'],
    ['vim', { action: 'save', text: 'x' }, 'E32: No file name'],
    ['vim f', { action: 'save', text: 'x', path: '/etc/passwd' }, 'E13: File exists (add ! to override)'],
    ['vim f', { action: 'save', text: 'x', path: '/tmp', force: true }, 'E17: "/tmp" is a directory'],
  ] as const)('%s: what cannot be saved keeps the editor open', (command, answer, message) => {
    const d = desk()
    d.type(command)
    d.answer({ ...answer, quit: true })
    expect(d.request).toMatchObject({ saved: false, message })
    d.answer({ action: 'quit', exit: 0 })
    expect(d.requests.size).toBe(0)
  })

  test('lines, view, the exit status of :cq', () => {
    const d = desk()
    d.type('view +3 /etc/passwd')
    expect(d.request).toMatchObject({ readonly: true, line: 3 })
    d.answer({ action: 'quit', exit: 1 })
    expect(d.type('echo status $?')).toContain('status 1')
  })

  test('Ctrl-Z stops it with its text, fg brings it back', () => {
    const d = desk()
    d.type('vim f')
    const { token } = d.request
    d.answer({ action: 'suspend', text: 'half', modified: true, line: 1, column: 3 })
    expect(d.requests.size).toBe(0)
    expect(d.type('jobs')).toMatch(/Stopped\s+vim f/)
    expect(d.type('fg')).toContain(`\x1b]7411;open;${token}\x07`)
    expect(d.request).toMatchObject({ token, text: 'half', modified: true, column: 3 })
  })

  test('killed: the page hears that nobody waits, the terminal is as before', () => {
    const d = desk()
    d.type('vim f')
    d.type('pkill vim', 'laptop-2')
    expect(d.cancelled).toHaveLength(1)
    expect(d.screen).toContain('Vim: Caught deadly signal TERM')
    expect(d.type('echo $?; stty')).toMatch(/\n1\nspeed/)
    d.type('vim f')
    d.type('pkill -KILL vim', 'laptop-2')
    expect(d.cancelled).toHaveLength(2)
  })

  test('the terminal is closed', () => {
    const d = desk()
    d.type('vim f')
    d.world.input({ type: 'close', terminal: TERMINAL })
    d.type('pgrep -c vim', 'laptop-2')
    expect(d.cancelled).toHaveLength(1)
    expect(d.screen).toContain('\n0')
  })

  test('a page without an editor', () => {
    const d = desk()
    d.type('vim f')
    d.screen = ''
    d.answer({ unsupported: true })
    expect(d.screen).toContain("podlab: vim needs the page; here use cat > FILE <<'EOF' …")
    expect(d.type('echo $?')).toContain('\n1\n')
  })

  test.each([
    ['vim a b', 'podlab: vim with several files is not modelled'],
    ['vim -d a b', 'podlab: vim -d is not modelled'],
    ['vim /etc', 'podlab: vim of a directory is not modelled'],
    ['vim x | cat', 'Vim: Warning: Output is not to a terminal\npodlab: vim without a terminal'],
    ['echo | nano x', 'podlab: nano without a terminal'],
    ['vi --version', 'VIM - Vi IMproved 9.0'],
    ['nano --version', ' GNU nano, version 7.2'],
  ])('%s', (command, said) => {
    const d = desk()
    expect(d.type(command)).toContain(said)
    expect(d.requests.size).toBe(0)
  })
})

describe('nano', () => {
  test('its words', () => {
    const d = desk()
    d.type('nano n.txt')
    expect(d.request).toMatchObject({ editor: 'nano', message: 'New File', version: 'GNU nano 7.2' })
    d.answer({ action: 'save', text: 'one' })
    expect(d.request.message).toBe('Wrote 1 line')
    d.answer({ action: 'quit', exit: 0 })
    d.type('nano +2,3 /etc/passwd')
    expect(d.request).toMatchObject({ line: 2, column: 3, message: "File '/etc/passwd' is unwritable" })
    d.answer({ action: 'save', text: '' })
    expect(d.request.message).toBe('Error writing /etc/passwd: Permission denied')
  })
})

test('the log writes the same files again, without a page', () => {
  const first = desk()
  first.type('vim a.yaml')
  first.answer({ action: 'save', text: 'a: 1' })
  first.answer({ action: 'save', text: 'a: 2', quit: true })
  first.type('cat a.yaml')
  first.type('nano open.txt')
  const again = new Desk()
  for (const record of structuredClone(first.world.log).inputs) expect(again.world.replay(record)).toBe(true)
  const { sim } = first.world
  again.world.sim.run({ until: sim.now, stop: () => again.world.sim.events >= sim.events })
  expect(again.world.sim.traceHash()).toBe(sim.traceHash())
  expect(again.world.readFile('laptop', '/home/learner/a.yaml')).toBe('a: 2\n')
  // What was still open is asked again.
  expect([...again.world.asked.values()]).toEqual([{ kind: 'editor', payload: first.request }])
})
