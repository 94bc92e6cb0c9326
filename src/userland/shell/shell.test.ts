// recorded: bash 5.2.15
import { describe, expect, test } from 'vitest'
import { evaluate } from './arithmetic/evaluate.ts'
import { ArithmeticError } from './arithmetic/parse.ts'
import { formatFloat } from './builtins/float.ts'
import { splitForRead } from './builtins/read.ts'
import { braceExpand } from './expand/brace.ts'
import { compilePattern, substitute, trim } from './expand/pattern.ts'
import { backslashQuote, quoteReusable, quoteTrace } from './expand/quote.ts'
import { parseIfs, split } from './expand/split.ts'
import { LineBuffer } from './readline/buffer.ts'
import { Display } from './readline/display.ts'
import { History } from './readline/history.ts'
import { expandHistory } from './readline/history-expand.ts'
import { listing } from './readline/listing.ts'
import { SyntaxProblem } from './syntax/ast.ts'
import { Parser } from './syntax/parser.ts'
import { commandText, functionText } from './syntax/print.ts'

const OPTIONS = { extglob: true, nocase: false, utf8: true }

function parse(text: string): string {
  try {
    const parser = new Parser(`${text}\n`, { extglob: true, posix: false })
    const out: string[] = []
    for (let c = parser.complete(); c !== undefined; c = parser.complete()) out.push(commandText(c))
    return out.join('\n')
  } catch (error) {
    if (error instanceof SyntaxProblem) return `line ${error.line}: ${error.message}`
    throw error
  }
}

describe('arithmetic', () => {
  const variables = new Map<string, string>()
  const scope = { get: (n: string) => variables.get(n), set: (n: string, _: string | undefined, v: string) => void variables.set(n, v) }
  test.each([
    ['1+2*3', '7'],
    ['2**10', '1024'],
    ['-7/2', '-3'],
    ['-7%3', '-1'],
    ['0x1f+010', '39'],
    ['36#z', '35'],
    ['64#_', '63'],
    ['9223372036854775807+1', '-9223372036854775808'],
    ['9223372036854775807*3', '9223372036854775805'],
    ['1<<64', '1'],
    ['~5', '-6'],
    ['0?1/0:2', '2'],
    ['a=3,b=4,a*b', '12'],
    ['a+++b', '7'],
    ['3**2**2', '81'],
    ['', '0'],
  ])('%s is %s', (text, value) => {
    expect(String(evaluate(text, scope))).toBe(value)
  })
  test.each([
    ['1/0', '1/0: division by 0 (error token is "0")'],
    ['1 +', '1 +: syntax error: operand expected (error token is "+")'],
    ['08', '08: value too great for base (error token is "08")'],
    ['a b', 'a b: syntax error in expression (error token is "b")'],
    ['1.5', '1.5: syntax error: invalid arithmetic operator (error token is ".5")'],
    ['1 ? 2', '1 ? 2: `:\' expected for conditional expression (error token is "2")'],
    ['1=2', '1=2: attempted assignment to non-variable (error token is "=2")'],
  ])('%s fails', (text, message) => {
    let said = ''
    try {
      evaluate(text, scope)
    } catch (error) {
      if (error instanceof ArithmeticError) said = error.text
    }
    expect(said).toBe(message)
  })
})

test.each([
  ['a{b,c}d', 'abd acd'],
  ['{1..5..2}', '1 3 5'],
  ['{01..03}', '01 02 03'],
  ['{a,{b,c}}', 'a b c'],
  ['{x}', '{x}'],
  ['{1..a}', '{1..a}'],
  ['{c..a}', 'c b a'],
  ['{,x}y', 'y xy'],
])('braces: %s gives %s', (text, words) => {
  const command = new Parser(text, { extglob: true, posix: false }).complete()?.items[0]?.command
  const word = command?.type === 'simple' ? command.words[0] : undefined
  expect(
    word &&
      braceExpand(word)
        .map((w) => w.parts.map((p) => (p.t === 'lit' ? p.s : '?')).join(''))
        .join(' '),
  ).toBe(words)
})

test.each([
  ['a*c', 'abc', true],
  ['[!a]*', 'abc', false],
  ['!(*.txt)', 'a.log', true],
  ['!(*.txt)', 'a.txt', false],
  ['+(a|b)', 'abab', true],
  ['@(a|b)', 'ab', false],
  ['\\*', '*', true],
  ['[[:digit:]]', '5', true],
  ['[a-c]?', 'bz', true],
  ['*.!(txt)', 'a.log', true],
  ['[]]', ']', true],
  ['[', '[', true],
])('pattern %s on %s: %s', (pattern, text, result) => {
  expect(compilePattern(pattern, OPTIONS).matches(text)).toBe(result)
})

test('trimming and substituting', () => {
  expect(trim('/usr/lib/foo.tar.gz', '*/', 'prefix', true, OPTIONS)).toBe('foo.tar.gz')
  expect(trim('foo.tar.gz', '.*', 'suffix', true, OPTIONS)).toBe('foo')
  expect(trim('foo.tar.gz', '.?*', 'suffix', false, OPTIONS)).toBe('foo.tar')
  expect(substitute('aXbXc', '[X]', 'all', OPTIONS, () => '-')).toBe('a-b-c')
  expect(substitute('abc', '@(b|c)', 'first', OPTIONS, (m) => `<${m}>`)).toBe('a<b>c')
})

test.each([
  [' a  b ', undefined, ['a', 'b']],
  ['a::b:', ':', ['a', '', 'b']],
  ['a : b::c', ' :', ['a', 'b', '', 'c']],
  ['', undefined, []],
])('splitting %j by %j', (text, ifs, fields) => {
  expect(split(text, parseIfs(ifs)).fields).toEqual(fields)
})

test.each([
  ['a b c', 2, ' \t\n', ['a', 'b c']],
  ['a\\ b c', 2, ' \t\n', ['a b', 'c']],
  ['a,,', 2, ',', ['a', '']],
  ['a,b,,c', 3, ',', ['a', 'b', ',c']],
  ['  sp  ', 1, ' \t\n', ['sp']],
])('read splits %j into %i', (line, n, ifs, words) => {
  expect(splitForRead(line, n, ifs, false)).toEqual(words)
})

test.each([
  ["it's", "it\\'s", "'it'\\''s'", "'it'\\''s'"],
  ['a b', 'a\\ b', "'a b'", "'a b'"],
  ['', "''", "''", "''"],
  ['a\nb', "$'a\\nb'", "$'a\\nb'", "'a\nb'"],
  ['plain', 'plain', "'plain'", 'plain'],
])('quoting %j', (text, backslash, reusable, traced) => {
  expect([backslashQuote(text, false), quoteReusable(text, false), quoteTrace(text, false)]).toEqual([backslash, reusable, traced])
})

test.each([
  [0.5, 'f', 0, '0'],
  [1.5, 'f', 0, '2'],
  [2.5678, 'f', 2, '2.57'],
  [1234.5, 'e', undefined, '1.234500e+03'],
  [0.0001, 'g', undefined, '0.0001'],
  [1e10, 'G', undefined, '1E+10'],
  [12_345_678, 'g', undefined, '1.23457e+07'],
])('%f as %s with precision %s', (v, conversion, precision, text) => {
  expect(formatFloat(v, conversion, '', precision)).toBe(text)
})

test.each([
  ['echo a |  cat>x 2>&1 &', 'echo a | cat > x 2>&1 &'],
  ['while :;do a;done', 'while :; do\n    a;\ndone'],
  ['for i in 1 2\ndo a; b; done', 'for i in 1 2;\ndo\n    a;\n    b;\ndone'],
  ['if a; then b; elif c; then d; else e; fi', 'if a; then\n    b;\nelse\n    if c; then\n        d;\n    else\n        e;\n    fi;\nfi'],
  ['(exit 3)', '( exit 3 )'],
  ['[[ -n x && y ]]', '[[ -n x && -n y ]]'],
  ['echo a | | b', "line 1: syntax error near unexpected token `|'"],
  ['if true; then', 'line 2: syntax error: unexpected end of file'],
  ["echo 'x", "line 1: unexpected EOF while looking for matching `''"],
  ['echo (b)', "line 1: syntax error near unexpected token `b'"],
  ['done', "line 1: syntax error near unexpected token `done'"],
])('parsing %j', (text, printed) => {
  expect(parse(text)).toBe(printed)
})

test('a function is printed as declare -f does', () => {
  const c = new Parser('f() { case x in a|b) echo 1;; esac; x=1; }', { extglob: true, posix: false }).complete()?.items[0]?.command
  expect(c?.type === 'function' && functionText('f', c.body)).toBe(
    'f () \n{ \n    case x in \n        a | b)\n            echo 1\n        ;;\n    esac;\n    x=1\n}',
  )
})

test.each([
  ['!!', 'echo two words', undefined],
  ['echo !$', 'echo words', undefined],
  ['!1', 'ls /tmp', undefined],
  ['!l:s/tmp/var/', 'ls /var', undefined],
  ['!nosuch', '!nosuch', '!nosuch: event not found'],
  ["echo '!!'", "echo '!!'", undefined],
  ['^two^three^', 'echo three words', undefined],
  ['!-2', 'ls /tmp', undefined],
  ['echo "hi!"', 'echo "hi!"', undefined],
  ['!!:1', 'two', undefined],
])('history: %s', (line, text, error) => {
  const h = new History()
  h.push('ls /tmp', 0)
  h.push('echo two words', 0)
  const r = expandHistory(line, h)
  expect([r.text, r.error]).toEqual([text, error])
})

test.each([
  ['#!/bin/bash', '', '#!/bin/bash', undefined],
  ['echo a # !ls', '', 'echo a # !ls', undefined],
  ['echo a#!ls', '', 'echo a#ls /tmp', undefined],
  ["!ls' !ls", "'", "!ls' ls /tmp", undefined],
  ['!nosuch', '"', '!nosuch', '!nosuch: event not found'],
] as const)('no event in comments and open quotes: %s', (line, open, text, error) => {
  const h = new History()
  h.push('ls /tmp', 0)
  const r = expandHistory(line, h, open)
  expect([r.text, r.error]).toEqual([text, error])
})

test('the screen follows the line with few bytes', () => {
  const d = new Display()
  expect(d.start('$ ')).toBe('$ ')
  expect(d.update('echo abc', 8)).toBe('echo abc')
  expect(d.update('echo abc', 0)).toBe('\b\b\b\b\b\b\b\b')
  expect(d.update('Xecho abc', 1)).toBe('\x1b[1@X')
  expect(d.update('Xecho abc', 9)).toBe('echo abc')
  expect(d.update('', 0)).toBe('\b\b\b\b\b\b\b\b\b\x1b[K')
})

test('kills are joined, and undone', () => {
  const b = new LineBuffer()
  b.insert('one two three')
  b.kill(b.point, b.wordLeft())
  b.lastKill = true
  b.kill(b.point, b.wordLeft())
  expect([b.text, b.kills]).toEqual(['one ', ['two three']])
  b.undo()
  expect(b.text).toBe('one two ')
})

test('candidates stand in columns', () => {
  expect(listing(['alpine.log', 'alpha.txt'], new Map(), 80)).toBe('alpha.txt   alpine.log  \n')
  expect(
    listing(
      ['dir1', 'dir2'],
      new Map([
        ['dir1', '/'],
        ['dir2', '/'],
      ]),
      80,
    ),
  ).toBe('dir1/ dir2/ \n')
})
