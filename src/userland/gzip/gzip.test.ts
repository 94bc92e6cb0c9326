import { expect, it } from 'vitest'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'

const programs = ['gzip/gzip', 'gzip/zgrep', 'grep/grep'].map((name) => {
  const p = program(name)
  if (p === undefined) throw new Error(name)
  return p
})

it('lists what is in packed files, and searches them', () => {
  const run = box(programs, { files: { '/a': 'line\n'.repeat(100), '/b': 'one\ntwo\n' }, env: ['PATH=/bin'] })
  run('gzip', '/a', '/b')
  expect(run('gzip', '-l', '/a.gz', '/b').out).toBe(
    '         compressed        uncompressed  ratio uncompressed_name\n' +
      '                 29                 500  97.8% /a\n' +
      '                 28                   8 -25.0% /b\n' +
      '                 57                 508  92.3% (totals)\n',
  )
  expect(run('zgrep', '-n', 'two', '/b.gz')).toEqual({ out: '2:two\n', err: '', exit: 0 })
  expect(run('zgrep', 'none', '/b.gz').exit).toBe(1)
  expect(run('zgrep', 'o', '/a.gz', '/b.gz').out).toBe('/b.gz:one\n/b.gz:two\n')
})
