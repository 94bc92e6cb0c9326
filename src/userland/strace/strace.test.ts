import { expect, it } from 'vitest'
import { program } from '../programs.ts'
import { box } from '../test-box.ts'
import { parseFilter } from './filter.ts'
import { quoted } from './format.ts'

const programs = ['strace/strace', 'coreutils/cat', 'coreutils/true', 'bash/bash'].map((name) => {
  const p = program(name)
  if (p === undefined) throw new Error(name)
  return p
})

it('prints calls with their arguments and results, aligned, and the end', () => {
  const run = box(programs, { files: { '/etc/motd': 'hello\n' }, env: ['PATH=/bin'] })
  expect(run('strace', '-e', 'trace=openat,write,close', 'cat', '/etc/motd', '/none')).toEqual({
    out: 'hello\n',
    err:
      'openat(AT_FDCWD, "/etc/motd", O_RDONLY|O_CLOEXEC) = 3\n' +
      'write(1, "hello\\n", 6)                  = 6\n' +
      'close(3)                                = 0\n' +
      'openat(AT_FDCWD, "/none", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)\n' +
      'write(2, "cat: /none: No such file or dire"..., 38cat: /none: No such file or directory\n' +
      ') = 38\n' +
      '+++ exited with 1 +++\n',
    exit: 1,
  })
})

it('says under -y what descriptors are open on', () => {
  const run = box(programs, { files: { '/etc/motd': 'hello\n' }, env: ['PATH=/bin'] })
  expect(run('strace', '-y', '-e', 'openat,close', 'cat', '/etc/motd').err).toBe(
    'openat(AT_FDCWD, "/etc/motd", O_RDONLY|O_CLOEXEC) = 3</etc/motd>\nclose(3</etc/motd>)                     = 0\n+++ exited with 0 +++\n',
  )
})

it('follows children and tells lines apart', () => {
  const run = box(programs, { env: ['PATH=/bin'] })
  const { err } = run('strace', '-f', '-e', 'trace=execve,wait4', 'bash', '-c', 'true; /bin/true; exit 2')
  expect(err).toBe(
    'execve("/bin/bash", ["bash", "-c", "true; /bin/true; exit 2"], 0x7fff0001f2a0 /* 1 var */) = 0\n' +
      'strace: Process 5 attached\n' +
      '[pid     4] wait4(5,  <unfinished ...>\n' +
      '[pid     5] execve("/bin/true", ["/bin/true"], 0x7fff0001f2a0 /* 4 vars */) = 0\n' +
      '[pid     5] +++ exited with 0 +++\n' +
      '<... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 5\n' +
      '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=5, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---\n' +
      '+++ exited with 2 +++\n',
  )
})

it.each([
  [['strace'], "strace: must have PROG [ARGS] or -p PID\nTry 'strace --help' for more information.\n"],
  [['strace', 'nosuch'], "strace: Can't stat 'nosuch': No such file or directory\n"],
  [['strace', '-p', '4000'], 'strace: attach: ptrace(PTRACE_SEIZE, 4000): No such process\n'],
  [['strace', '-e', 'trace=foo', 'true'], "strace: invalid system call 'foo'\n"],
])('%j fails', (argv, err) => {
  expect(box(programs, { env: ['PATH=/bin'] })(...argv)).toEqual({ out: '', err, exit: 1 })
})

it('quotes with octal escapes as short as may be', () => {
  expect(quoted(new Uint8Array([127, 69, 76, 70, 2, 1, 0, 49, 10]), 32)).toBe('"\\177ELF\\2\\1\\0001\\n"')
  expect(quoted('abcdef', 3)).toBe('"abc"...')
})

it('filters by names, classes and their opposite', () => {
  const known = new Set(['openat', 'read', 'execve'])
  const shown = (set: string): string[] => ['openat', 'read', 'execve'].filter(parseFilter(set, known))
  expect([shown('read'), shown('%file'), shown('!openat'), shown('process'), shown('none'), shown('/^(re|ex)')]).toEqual([
    ['read'],
    ['openat', 'execve'],
    ['read', 'execve'],
    ['execve'],
    [],
    ['read', 'execve'],
  ])
})
