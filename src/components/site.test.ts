/** The pure parts of the page. */
import { describe, expect, it } from 'vitest'
import type { Question } from '../book/types.ts'
import type { InputLog } from '../lab/protocol.ts'
import { inlineScripts, withPolicy } from '../layouts/csp.ts'
import { asTyped, type Key, KeyRules } from './lab/keys.ts'
import { parseLog, terminalsOf } from './lab/log.ts'
import { isRight, moved, shuffled } from './quiz/judge.ts'

const key = (name: string, held = ''): Key => ({
  type: 'keydown',
  key: name,
  ctrlKey: held.includes('c'),
  shiftKey: held.includes('s'),
  metaKey: held.includes('m'),
  altKey: held.includes('a'),
})

describe('keys of a terminal', () => {
  it.each([
    ['Tab is the shell’s', [key('Tab')], false, 'shell'],
    ['Esc is the shell’s', [key('Escape')], false, 'shell'],
    ['Esc, Tab leaves', [key('Escape'), key('Tab')], false, 'leave'],
    ['Esc, Shift+Tab leaves backwards', [key('Escape'), key('Shift', 's'), key('Tab', 's')], false, 'leave'],
    ['Esc, a letter, Tab is the shell’s', [key('Escape'), key('x'), key('Tab')], false, 'shell'],
    ['Ctrl+C interrupts even with a selection', [key('c', 'c')], true, 'shell'],
    ['Ctrl+Shift+C copies', [key('C', 'cs')], true, 'copy'],
    ['Ctrl+Shift+V is the browser’s paste', [key('V', 'cs')], false, 'browser'],
    ['Cmd+C copies a selection', [key('c', 'm')], true, 'copy'],
    ['Cmd+V is the browser’s paste', [key('v', 'm')], false, 'browser'],
  ] as const)('%s', (_name, keys, selection, rule) => {
    const rules = new KeyRules()
    expect(keys.map((pressed) => rules.rule(pressed, selection)).at(-1)).toBe(rule)
  })

  it('a command is typed with Enter after each line', () => {
    expect(asTyped("cat <<'EOF'\na\nEOF")).toBe("cat <<'EOF'\ra\rEOF\r")
  })
})

describe('an input log', () => {
  const log: InputLog = {
    version: 1,
    scenario: 'kind',
    seed: 1,
    start: 0,
    inputs: [
      {
        event: 1,
        time: 5,
        input: {
          type: 'open',
          terminal: 'laptop-1',
          machine: 'laptop',
          rows: 24,
          cols: 80,
        },
      },
      {
        event: 2,
        time: 6,
        input: {
          type: 'open',
          terminal: 'laptop-2',
          machine: 'laptop',
          rows: 24,
          cols: 80,
        },
      },
      {
        event: 3,
        time: 7,
        input: { type: 'data', terminal: 'laptop-1', data: 'ls\r' },
        hash: 'abc',
      },
      {
        event: 4,
        time: 8,
        input: { type: 'resize', terminal: 'laptop-1', rows: 30, cols: 90 },
      },
      { event: 5, time: 9, input: { type: 'close', terminal: 'laptop-2' } },
      { event: 6, time: 9, input: { type: 'http', request: 4, method: 'GET', target: '/api', headers: [['accept', '*/*']], body: '{}' } },
      { event: 6, time: 9, input: { type: 'httpCancel', request: 4 } },
    ],
  }

  it('is read as it was written, and tells which terminals are open', () => {
    expect(parseLog(JSON.stringify(log), 'kind', 1)).toEqual(log)
    expect(terminalsOf(log)).toEqual([{ id: 'laptop-1', machine: 'laptop' }])
  })

  it.each([
    ['no JSON', '{'],
    ['another scenario', JSON.stringify({ ...log, scenario: 'laptop' })],
    ['another version', JSON.stringify({ ...log, version: 2 })],
    [
      'an unknown input',
      JSON.stringify({
        ...log,
        inputs: [{ event: 1, time: 1, input: { type: 'explode' } }],
      }),
    ],
    [
      'a size of nothing',
      JSON.stringify({
        ...log,
        inputs: [
          {
            event: 1,
            time: 1,
            input: { type: 'resize', terminal: 'a', rows: 0, cols: 80 },
          },
        ],
      }),
    ],
  ])('is refused: %s', (_name, text) => {
    expect(parseLog(text, 'kind', 1)).toBeUndefined()
  })
})

describe('answers', () => {
  const option = (id: string, correct?: boolean): { id: string; text: string; why: string; correct?: boolean } =>
    correct === undefined ? { id, text: id, why: id } : { id, text: id, why: id, correct }
  const multi: Question = {
    kind: 'multi',
    id: 'q',
    ask: '?',
    options: [option('a', true), option('b', true), option('c')],
  }
  const order: Question = {
    kind: 'order',
    id: 'q',
    ask: '?',
    options: [option('a'), option('b'), option('c')],
  }

  it.each([
    [multi, ['b', 'a'], true],
    [multi, ['a'], false],
    [multi, ['a', 'b', 'c'], false],
    [order, ['a', 'b', 'c'], true],
    [order, ['b', 'a', 'c'], false],
  ])('%# is judged', (question, answer, right) => {
    expect(isRight(question, answer)).toBe(right)
  })

  it('options are mixed alike at every visit, and never shown in their right order', () => {
    for (const id of ['q', 'r', 's', 't', 'u', 'v']) {
      const mixed = shuffled(id, order.options).map((o) => o.id)
      expect(shuffled(id, order.options).map((o) => o.id)).toEqual(mixed)
      expect(mixed).not.toEqual(['a', 'b', 'c'])
      expect([...mixed].sort()).toEqual(['a', 'b', 'c'])
    }
  })

  it('moves an item within the ends of its list', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
    expect(moved(['a', 'b', 'c'], 2, -5)).toEqual(['c', 'a', 'b'])
    expect(moved(['a', 'b', 'c'], 7, 0)).toEqual(['a', 'b', 'c'])
  })
})

describe('the content security policy', () => {
  const page =
    '<html><head><meta charset="utf-8"><script>one()</script><script src="/a.js"></script><script type="application/json">{}</script></head></html>'

  it('names every inline script that runs, and no other', () => {
    expect(inlineScripts(page)).toEqual(['one()'])
    const policy = /content="([^"]*)"/.exec(withPolicy(page))?.[1] ?? ''
    expect(policy.split('; ').find((part) => part.startsWith('script-src'))).toBe(
      "script-src 'self' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4='",
    )
  })

  it('gives a page what it asks for beyond the rest, and no other page', () => {
    const asking = page.replace(
      '</head>',
      `<meta name="podlab-csp" content="script-src &#39;wasm-unsafe-eval&#39;; frame-src blob:"></head>`,
    )
    const policy = withPolicy(asking)
    expect(policy).not.toContain('podlab-csp')
    expect(policy).toContain("W4=' 'wasm-unsafe-eval';")
    expect(policy).toContain('; frame-src blob:"')
    expect(withPolicy(page)).not.toContain('wasm')
  })

  it('gives a page what it asks for beyond the common policy, or nothing else', () => {
    const asking = (content: string): string =>
      /Policy" content="([^"]*)"/.exec(
        withPolicy(page.replace('<script>', `<meta name="podlab-csp" content="${content}"><script>`)),
      )?.[1] ?? ''
    expect(asking("frame-src 'self'; script-src blob:")).toMatch(
      /^default-src 'none'; script-src 'self' 'sha256-\S+' blob:; .*; frame-src 'self'$/,
    )
    expect(asking('only; script-src blob:; worker-src blob:')).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+' blob:; base-uri 'none'; form-action 'none'; worker-src blob:$/,
    )
  })

  it('needs a place in the head', () => {
    expect(() => withPolicy('<html></html>')).toThrow('meta charset')
  })
})
