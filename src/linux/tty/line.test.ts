import { describe, expect, it } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import type { Termios } from '../syscalls.ts'
import { LineDiscipline } from './line.ts'
import { raw, SANE } from './termios.ts'

function type(
  input: string,
  termios: Termios = SANE,
): {
  readonly echo: string
  readonly lines: string[]
  readonly signals: string[]
} {
  const echoed: number[] = []
  const signals: string[] = []
  const line = new LineDiscipline(
    {
      echo: (bytes) => echoed.push(...bytes),
      signal: (s) => signals.push(s),
      flow: (stopped) => signals.push(stopped ? 'xoff' : 'xon'),
      ready: () => {},
    },
    termios,
  )
  line.receive(encode(input))
  const lines: string[] = []
  for (let bytes = line.take(100); bytes !== undefined; bytes = line.take(100)) lines.push(decode(bytes))
  return { echo: decode(Uint8Array.from(echoed)), lines, signals }
}

describe('line discipline, canonical', () => {
  const rows: readonly (readonly [what: string, typed: string, lines: readonly string[], echo: string, signals?: readonly string[]])[] = [
    ['a line ends with return', 'ls\r', ['ls\n'], 'ls\n'],
    ['nothing can be read before', 'ls', [], 'ls'],
    ['DEL takes off a character', 'lx\x7fs\r', ['ls\n'], 'lx\b \bs\n'],
    ['DEL takes off a whole UTF-8 sequence', 'é\x7fe\r', ['e\n'], 'é\b \be\n'],
    ['a control character is two columns wide', 'a\x01\x7fb\r', ['ab\n'], 'a^A\b \b\b \bb\n'],
    ['^U takes off the line', 'abc\x15d\r', ['d\n'], 'abc\b \b\b \b\b \bd\n'],
    ['^W takes off a word and the blanks behind it', 'a bc \x17d\r', ['a d\n'], 'a bc \b \b\b \b\b \bd\n'],
    ['^V takes the next as it is', '\x16\x03\r', ['\x03\n'], '^\b^C\n'],
    ['^D at the beginning is the end of file', '\x04', [''], ''],
    ['^D in a line hands over what there is', 'ab\x04', ['ab'], 'ab'],
    ['^C drops the line', 'ab\x03c\r', ['c\n'], 'ab^Cc\n', ['intr']],
    ['^Z and ^\\ too', '\x1a\x1c', [], '^Z^\\', ['susp', 'quit']],
    ['^S stops output, ^Q lets it go on', '\x13\x11', [], '', ['xoff', 'xon']],
    ['^R shows the line again', 'ab\x12c\r', ['abc\n'], 'ab^R\nabc\n'],
  ]
  for (const [what, typed, lines, echo, signals = []] of rows) {
    it(what, () => expect(type(typed)).toEqual({ echo, lines, signals }))
  }
})

describe('line discipline, raw', () => {
  it('passes every byte on, without echo and signals', () => {
    expect(type('a\r\x03\x7f', raw(SANE))).toEqual({
      echo: '',
      lines: ['a\r\x03\x7f'],
      signals: [],
    })
  })

  it('keeps what was typed when the mode changes', () => {
    const line = new LineDiscipline({ echo: () => {}, signal: () => {}, flow: () => {}, ready: () => {} }, SANE)
    line.receive(encode('one\rtw'))
    line.configure(raw(SANE))
    expect(decode(line.take(100) ?? new Uint8Array())).toBe('one\ntw')
  })
})
