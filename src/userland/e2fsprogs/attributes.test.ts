import { expect, it } from 'vitest'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'

const programs = ['e2fsprogs/lsattr', 'e2fsprogs/chattr', 'coreutils/rm', 'coreutils/mv', 'coreutils/cp', 'coreutils/truncate'].map(
  (name) => {
    const p = program(name)
    if (p === undefined) throw new Error(name)
    return p
  },
)
const REFUSED = 'Operation not permitted\n'

it('an immutable file stays as it is', () => {
  const run = box(programs, { files: { '/f': 'a', '/g': 'b' } })
  expect(run('lsattr', 'f').out).toBe('--------------e------- f\n')
  expect(run('chattr', '+i', 'f')).toEqual({ out: '', err: '', exit: 0 })
  expect(run('lsattr', 'f').out).toBe('----i---------e------- f\n')
  expect(run('rm', '-f', 'f').err).toBe(`rm: cannot remove 'f': ${REFUSED}`)
  expect(run('mv', 'f', 'h').err).toBe(`mv: cannot move 'f' to 'h': ${REFUSED}`)
  expect(run('truncate', '-s', '0', 'f').err).toBe(`truncate: cannot open 'f' for writing: ${REFUSED}`)
  expect(run('chattr', '-i', 'f').exit).toBe(0)
  expect(run('rm', 'f').exit).toBe(0)
})

it('complains about command lines and files', () => {
  const run = box(programs)
  expect(run('chattr', 'f').err).toBe("Must use '-v', =, - or +\n")
  expect(run('chattr', '+i').err).toBe('Usage: chattr [-pRVf] [-+=aAcCdDeijPsStTuFx] [-v version] files...\n')
  expect(run('lsattr', 'none').err).toBe('lsattr: No such file or directory while trying to stat none\n')
})
