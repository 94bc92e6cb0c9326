import { expect, it } from 'vitest'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'

const programs = ['login/chpasswd', 'login/passwd'].map((name) => {
  const p = program(name)
  if (p === undefined) throw new Error(name)
  return p
})
const files = {
  '/etc/passwd': 'root:x:0:0::/:/bin/sh\nann:x:1000:1000::/:/bin/sh\n',
  '/etc/shadow': 'root:*:20000:0:99999:7:::\nann:!:20000:0:99999:7:::\n',
}

it('sets passwords, and the day of the change', () => {
  const run = box(programs, { files, stdin: 'ann:secret\n' })
  expect(run('passwd', '-S', 'ann').out).toBe('ann L 10/04/2024 0 99999 7 -1\n')
  expect(run('chpasswd')).toEqual({ out: '', err: '', exit: 0 })
  expect(run('passwd', '-S', 'ann').out).toBe('ann P 11/23/2026 0 99999 7 -1\n')
})

it('changes nothing when a line is wrong', () => {
  const run = box(programs, { files, stdin: 'ann:secret\nbob:x\nnonsense\n' })
  expect(run('chpasswd')).toEqual({
    out: '',
    err: "chpasswd: line 2: user 'bob' does not exist\nchpasswd: line 3: missing new password\nchpasswd: error detected, changes ignored\n",
    exit: 1,
  })
  expect(run('passwd', '-S', 'ann').out).toBe('ann L 10/04/2024 0 99999 7 -1\n')
})
