import { describe, expect, it } from 'vitest'
import { decode, encode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import type { Sim } from '#sim/wait.ts'
import { Errno } from '../../errno.ts'
import { Kernel } from '../../kernel.ts'
import { CLONE, MS, O, type Proc, S } from '../../syscalls.ts'
import { dir, symlink, text } from '../../vfs/test-machine.ts'
import { buildTree } from '../memory/image.ts'

const START = 1_795_397_760_000_000

/** Runs `body` as PID 1 of a machine with proc, sysfs, devtmpfs and devpts mounted; returns the lines it noted. */
function run(body: (proc: Proc, note: (line: unknown) => void) => Sim<void>): unknown[] {
  const sim = new Simulation({ seed: 1, start: START })
  const root = buildTree([
    dir('/proc', 0o555),
    dir('/sys', 0o555),
    dir('/dev'),
    dir('/tmp', 0o1777),
    dir('/mnt'),
    text('/etc/x', 'x'),
    symlink('/l', 'etc'),
  ])
  const kernel = new Kernel({ sim, hostname: 'box', programs: () => undefined, root })
  const notes: unknown[] = []
  kernel.spawn({
    argv: ['/sbin/init', '-v'],
    environ: ['A=1'],
    main: function* (proc) {
      proc.mount('proc', '/proc', 'proc', MS.NOSUID, '')
      proc.mount('sysfs', '/sys', 'sysfs', 0, '')
      proc.mount('udev', '/dev', 'devtmpfs', 0, '')
      proc.mount('devpts', '/dev/pts', 'devpts', 0, 'gid=5,mode=620,ptmxmode=000')
      yield* body(proc, (line) => notes.push(line))
      return 0
    },
  })
  sim.run({ until: START + 60_000_000 })
  return notes
}

function* cat(proc: Proc, path: string): Sim<string> {
  try {
    const fd = yield* proc.open(path, O.RDONLY)
    let out = ''
    for (;;) {
      const part = yield* proc.read(fd, 65536)
      if (part.length === 0) break
      out += decode(part)
    }
    proc.close(fd)
    return out
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

function* put(proc: Proc, path: string, value: string): Sim<string> {
  try {
    const fd = yield* proc.open(path, O.WRONLY | O.TRUNC)
    yield* proc.write(fd, encode(value))
    proc.close(fd)
    return 'ok'
  } catch (error) {
    if (error instanceof Errno) return error.code
    throw error
  }
}

describe('procfs', () => {
  it('describes the reader', () => {
    const notes = run(function* (proc, note) {
      note(proc.readlink('/proc/self'))
      note(proc.readlink('/proc/thread-self'))
      note(yield* cat(proc, '/proc/self/comm'))
      note((yield* cat(proc, '/proc/1/cmdline')).replaceAll('\0', ' '))
      note(yield* cat(proc, '/proc/self/environ'))
      note((yield* cat(proc, '/proc/self/status')).split('\n').slice(0, 9))
      note((yield* cat(proc, '/proc/self/stat')).split(' ').slice(0, 9).join(' '))
      note((yield* cat(proc, '/proc/self/stat')).split(' ').length)
      note(proc.readlink('/proc/self/cwd'))
      note(proc.readlink('/proc/self/ns/pid_for_children'))
      note(yield* cat(proc, '/proc/self/cgroup'))
      note(yield* cat(proc, '/proc/uptime'))
      note(proc.stat('/proc/1').nlink)
    })
    expect(notes).toEqual([
      '1',
      '1/task/1',
      'init\n',
      '/sbin/init -v ',
      'A=1\0',
      [
        'Name:\tinit',
        'Umask:\t0022',
        'State:\tR (running)',
        'Tgid:\t1',
        'Ngid:\t0',
        'Pid:\t1',
        'PPid:\t0',
        'TracerPid:\t0',
        'Uid:\t0\t0\t0\t0',
      ],
      '1 (init) R 0 1 1 0 -1 4194560',
      52,
      '/',
      'pid:[4026531836]',
      '0::/\n',
      '0.00 0.00\n',
      9,
    ])
  })

  it('refuses as procfs does', () => {
    const notes = run(function* (proc, note) {
      for (const path of ['/proc/x', '/proc/1/x', '/proc/sys/x', '/sys/x']) {
        try {
          note(yield* proc.open(path, O.CREAT | O.WRONLY))
        } catch (error) {
          note(`${path} ${(error as Errno).code}`)
        }
      }
      note(yield* put(proc, '/proc/version', 'x'))
      note(yield* cat(proc, '/proc/99'))
      note(yield* put(proc, '/proc/sys/kernel/osrelease', 'x'))
      const child = proc.fork(function* (c) {
        c.setresgid(1000, 1000, 1000)
        c.setresuid(1000, 1000, 1000)
        note(yield* cat(c, '/proc/1/environ'))
        note(yield* cat(c, '/proc/1/comm'))
        note(yield* put(c, '/proc/sys/kernel/hostname', 'x'))
        try {
          c.readlink('/proc/1/exe')
        } catch (error) {
          note((error as Errno).code)
        }
        return 0
      })
      yield* proc.wait(child)
    })
    expect(notes).toEqual([
      '/proc/x ENOENT',
      '/proc/1/x ENOENT',
      '/proc/sys/x ENOENT',
      '/sys/x EACCES',
      'EIO',
      'ENOENT',
      'EACCES',
      'EACCES',
      'init\n',
      'EACCES',
      'EACCES',
    ])
  })

  it('shows the processes of its own pid namespace only', () => {
    const notes = run(function* (proc, note) {
      proc.unshare(CLONE.NEWPID)
      const child = proc.fork(function* (c) {
        note((yield* cat(c, '/proc/self/comm')).trim())
        c.unshare(CLONE.NEWNS)
        c.mount('none', '/', '', MS.REC | MS.PRIVATE, '')
        c.mount('proc', '/proc', 'proc', 0, '')
        note(
          c
            .readdir('/proc')
            .map((e) => e.name)
            .filter((n) => /^\d/.test(n))
            .join(' '),
        )
        note(c.readlink('/proc/self'))
        return 0
      })
      yield* proc.wait(child)
      note(
        proc
          .readdir('/proc')
          .map((e) => e.name)
          .filter((n) => /^\d/.test(n))
          .join(' '),
      )
    })
    expect(notes).toEqual(['init', '1', '1', '1'])
  })

  it('lists mounts, and reads and writes sysctls', () => {
    const notes = run(function* (proc, note) {
      note(yield* cat(proc, '/proc/mounts'))
      note((yield* cat(proc, '/proc/self/mountinfo')).split('\n')[0])
      note(yield* put(proc, '/proc/sys/kernel/hostname', 'other\n'))
      note(proc.uname().nodename)
      note(yield* put(proc, '/proc/sys/vm/overcommit_memory', 'many'))
      note(yield* cat(proc, '/proc/sys/vm/overcommit_memory'))
      note(
        proc
          .readdir('/proc/sys')
          .map((e) => e.name)
          .sort()
          .join(' '),
      )
      note(yield* cat(proc, '/sys/devices/system/cpu/online'))
    })
    expect(notes).toEqual([
      '/dev/vda / ext4 rw,relatime,errors=remount-ro 0 0\nproc /proc proc rw,nosuid,relatime 0 0\nsysfs /sys sysfs rw,relatime 0 0\nudev /dev devtmpfs rw,relatime,size=987136k,nr_inodes=246784,mode=755,inode64 0 0\ndevpts /dev/pts devpts rw,relatime,gid=5,mode=620,ptmxmode=000 0 0\n',
      expect.stringMatching(/^\d+ 1 254:0 \/ \/ rw,relatime - ext4 \/dev\/vda rw,errors=remount-ro$/),
      'ok',
      'other',
      'EINVAL',
      '0\n',
      'abi debug fs kernel user vm',
      '0-1\n',
    ])
  })

  it('opens descriptors again through /proc/self/fd', () => {
    const notes = run(function* (proc, note) {
      const pipe = proc.pipe()
      note(proc.readlink(`/proc/self/fd/${pipe.read}`).replace(/\d+/, 'N'))
      const again = yield* proc.open(`/dev/fd/${pipe.write}`, O.WRONLY)
      yield* proc.write(again, encode('through'))
      note(decode(yield* proc.read(pipe.read, 100)))
      const file = yield* proc.open('/tmp/f', O.CREAT | O.RDWR)
      proc.unlink('/tmp/f')
      note(proc.readlink(`/proc/self/fd/${file}`))
      yield* proc.write(file, encode('gone'))
      note(yield* cat(proc, `/proc/self/fd/${file}`))
      note(
        proc
          .readdir('/proc/self/fd')
          .map((e) => e.name)
          .join(' '),
      )
      note((proc.lstat('/proc/self/fd/0').mode & ~S.IFMT).toString(8))
      const pty = proc.openpty()
      note(proc.readlink(`/proc/self/fd/${pty.slave}`))
      note(
        proc
          .readdir('/dev/pts')
          .map((e) => e.name)
          .join(' '),
      )
      note((proc.stat('/dev/pts/0').mode & 0o777).toString(8))
      note(proc.stat('/dev/pts/0').gid)
    })
    expect(notes).toEqual(['pipe:[N]', 'through', '/tmp/f (deleted)', 'gone', '0 1 2 3', '500', '/dev/pts/0', 'ptmx 0', '620', 5])
  })
})
