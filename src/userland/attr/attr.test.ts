import { expect, it } from 'vitest'
import { box } from '../test-box.ts'
import { programs } from './index.ts'

it('sets, lists, shows and removes attributes', () => {
  const run = box(programs, { files: { '/x': '' } })
  expect(run('setfattr', '-n', 'user.a', '-v', 'b"c', 'x').exit).toBe(0)
  run('setfattr', '-n', 'user.n', '-v', '0x0001', 'x')
  expect(run('getfattr', 'x').out).toBe('# file: x\nuser.a\nuser.n\n\n')
  expect(run('getfattr', '-d', '/x')).toEqual({
    out: '# file: x\nuser.a="b\\"c"\nuser.n=0sAAE=\n\n',
    err: "getfattr: Removing leading '/' from absolute path names\n",
    exit: 0,
  })
  expect(run('setfattr', '-x', 'user.n', 'x').exit).toBe(0)
  expect(run('getfattr', '-n', 'user.n', 'x')).toEqual({ out: '', err: 'x: user.n: No such attribute\n', exit: 1 })
  expect(run('setfattr', '-n', 'nonsense', '-v', '1', 'x').err).toBe('setfattr: x: Operation not supported\n')
})
