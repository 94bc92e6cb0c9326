import { describe, expect, it } from 'vitest'
import { O, S } from '../syscalls.ts'
import { dir, outcome, symlink, TestMachine, text } from './test-machine.ts'

const files = [
  dir('/etc'),
  text('/etc/passwd', 'root\n'),
  dir('/root', 0o700),
  text('/root/secret', 'x'),
  dir('/tmp', 0o1777),
  dir('/home/u', 0o755, 1000),
  symlink('/etc/link', 'passwd'),
  symlink('/loop', 'loop'),
  symlink('/dangling', '/nowhere'),
  symlink('/dir', 'etc'),
  symlink('/up', '../../etc/../etc/passwd'),
  dir('/shared', 0o2775, 0),
  text('/tmp/rootfile', 'r', 0o666, 2),
  dir('/full/sub'),
]

describe('path walk and names', () => {
  const m = new TestMachine(files)
  const user = m.as(1000)
  const { vfs } = m
  const rows: readonly (readonly [string, () => unknown, unknown])[] = [
    ['empty path', () => vfs.stat(m.ctx, ''), 'ENOENT'],
    ['a file in the middle', () => vfs.stat(m.ctx, '/etc/passwd/x'), 'ENOTDIR'],
    ['a file with a slash', () => vfs.stat(m.ctx, '/etc/passwd/'), 'ENOTDIR'],
    ['a link loop', () => vfs.stat(m.ctx, '/loop'), 'ELOOP'],
    ['a dangling link', () => vfs.stat(m.ctx, '/dangling'), 'ENOENT'],
    ['a name of 256 bytes', () => vfs.stat(m.ctx, `/${'a'.repeat(256)}`), 'ENAMETOOLONG'],
    ['a path of 4096 bytes', () => vfs.stat(m.ctx, '/a'.repeat(2048)), 'ENAMETOOLONG'],
    ['no search permission', () => vfs.stat(user, '/root/secret'), 'EACCES'],
    ['.. above the root', () => vfs.realpath(m.ctx, '/../../etc/./passwd'), '/etc/passwd'],
    ['links relative and up', () => vfs.realpath(m.ctx, '/up'), '/etc/passwd'],
    ['a link to a directory, followed by its slash', () => vfs.lstat(m.ctx, '/dir/').mode & S.IFMT, S.IFDIR],
    ['exclusive create of a dangling link', () => vfs.openNow(m.ctx, '/dangling', O.CREAT | O.EXCL | O.WRONLY), 'EEXIST'],
    ['create through a dangling link', () => m.write('/dangling', 'made') ?? m.read('/nowhere'), 'made'],
    ['create with a slash', () => vfs.openNow(m.ctx, '/new/', O.CREAT | O.WRONLY), 'EISDIR'],
    ['nofollow', () => vfs.openNow(m.ctx, '/etc/link', O.NOFOLLOW), 'ELOOP'],
    ['writing to a directory', () => vfs.openNow(m.ctx, '/etc', O.WRONLY), 'EISDIR'],
    ['a directory that is a file', () => vfs.openNow(m.ctx, '/etc/passwd', O.DIRECTORY), 'ENOTDIR'],
    ['mkdir over a file', () => vfs.mkdir(m.ctx, '/etc/passwd'), 'EEXIST'],
    ['mkdir of the root', () => vfs.mkdir(m.ctx, '/'), 'EEXIST'],
    ['mkdir without permission', () => vfs.mkdir(user, '/etc/x'), 'EACCES'],
    ['rmdir .', () => vfs.rmdir(m.ctx, '/etc/.'), 'EINVAL'],
    ['rmdir ..', () => vfs.rmdir(m.ctx, '/etc/..'), 'ENOTEMPTY'],
    ['rmdir of a full directory', () => vfs.rmdir(m.ctx, '/full'), 'ENOTEMPTY'],
    ['rmdir of a file', () => vfs.rmdir(m.ctx, '/etc/passwd'), 'ENOTDIR'],
    ['unlink of a directory', () => vfs.unlink(m.ctx, '/full'), 'EISDIR'],
    ['sticky directory', () => vfs.unlink(user, '/tmp/rootfile'), 'EPERM'],
    ['create over a foreign file in a sticky directory', () => vfs.openNow(user, '/tmp/rootfile', O.CREAT | O.WRONLY), 'EACCES'],
    ['hard link to a foreign file', () => vfs.link(user, '/etc/passwd', '/tmp/p'), 'EPERM'],
    ['hard link to a directory', () => vfs.link(m.ctx, '/etc', '/etc2'), 'EPERM'],
    ['rename into itself', () => vfs.rename(m.ctx, '/full', '/full/sub/x'), 'EINVAL'],
    ['rename a directory over a file', () => vfs.rename(m.ctx, '/full', '/etc/passwd'), 'ENOTDIR'],
    ['rename a file over a directory', () => vfs.rename(m.ctx, '/etc/passwd', '/full'), 'EISDIR'],
    ['chmod of a foreign file', () => vfs.chmod(user, '/etc/passwd', 0o777), 'EPERM'],
    ['chown by a user', () => vfs.chown(user, '/home/u', 0, 0), 'EPERM'],
    ['mknod of a device by a user', () => vfs.mknod(user, '/tmp/null', S.IFCHR | 0o666, 0x103), 'EPERM'],
    ['a socket opened', () => vfs.mknod(m.ctx, '/tmp/s', S.IFSOCK | 0o755) ?? vfs.openNow(m.ctx, '/tmp/s', O.RDWR), 'ENXIO'],
  ]
  for (const [what, act, expected] of rows) it(what, () => expect(outcome(act)).toEqual(expected))

  it('applies umask and passes set-group-id on', () => {
    vfs.chown(m.ctx, '/shared', 0, 50)
    vfs.chmod(m.ctx, '/shared', 0o2775)
    vfs.mkdir(m.ctx, '/shared/d', 0o777)
    m.write('/shared/f', 'x')
    const d = vfs.stat(m.ctx, '/shared/d')
    const f = vfs.stat(m.ctx, '/shared/f')
    expect([d.mode.toString(8), d.gid, f.mode.toString(8), f.gid]).toEqual(['42755', 50, '100644', 50])
  })

  it('keeps an unlinked file that is open, and says so', () => {
    m.write('/tmp/gone', 'still here')
    const file = vfs.openNow(m.ctx, '/tmp/gone', O.RDONLY)
    vfs.unlink(m.ctx, '/tmp/gone')
    expect(vfs.pathName(m.ctx, file.path)).toBe('/tmp/gone (deleted)')
    expect(m.now(file.read(m.ctx, 100)).length).toBe(10)
    expect(vfs.fstat(m.ctx, file).nlink).toBe(0)
    file.release()
  })

  it('shares content between hard links and moves names', () => {
    m.write('/home/u/a', 'one')
    vfs.link(m.ctx, '/home/u/a', '/home/u/b')
    m.write('/home/u/b', ' two', O.APPEND)
    vfs.rename(m.ctx, '/home/u/a', '/home/u/c')
    expect([m.read('/home/u/c'), vfs.stat(m.ctx, '/home/u/c').nlink, m.ls('/home/u')]).toEqual(['one two', 2, 'b c'])
  })
})

describe('content', () => {
  it('keeps holes and appends cheap', () => {
    const m = new TestMachine()
    m.write('/f', 'abc')
    vfs_truncate(m, 100_000)
    expect([m.vfs.stat(m.ctx, '/f').size, m.vfs.stat(m.ctx, '/f').blocks]).toEqual([100_000, 8])
    const file = m.vfs.openNow(m.ctx, '/f', O.WRONLY)
    file.seek(50_000, 'set')
    m.now(file.write(m.ctx, new Uint8Array([1, 2, 3])))
    expect(m.vfs.stat(m.ctx, '/f').blocks).toBe(16)
    vfs_truncate(m, 1)
    expect([m.read('/f'), m.vfs.stat(m.ctx, '/f').blocks]).toEqual(['a', 8])
    file.release()
  })

  it('copies an image file when it is written', () => {
    const m = new TestMachine([{ path: '/bin/x', mode: 0o100755, content: 'ELF', size: 9000 }])
    expect([m.vfs.stat(m.ctx, '/bin/x').size, m.vfs.stat(m.ctx, '/bin/x').blocks, m.read('/bin/x').length]).toEqual([9000, 24, 9000])
    m.write('/bin/x', '!', 0)
    expect(m.read('/bin/x').slice(0, 4)).toBe('!LF\0')
    expect(m.vfs.stat(m.ctx, '/bin/x').blocks).toBe(24)
  })
})

function vfs_truncate(m: TestMachine, size: number): void {
  m.vfs.truncate(m.ctx, '/f', size)
}
