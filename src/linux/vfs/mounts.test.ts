import { describe, expect, it } from 'vitest'
import { MNT, MS, O } from '../syscalls.ts'
import { cred, dir, outcome, TestMachine, text } from './test-machine.ts'

const machine = (): TestMachine =>
  new TestMachine(['A', 'B', 'C', 'src', 'dst'].map((d) => dir(`/${d}`)).concat([text('/src/f', 'one'), text('/file', 'x')]))

const tmpfs = (m: TestMachine, path: string, data = ''): void => m.vfs.mount(m.ctx, 't', path, 'tmpfs', 0, data)
const bind = (m: TestMachine, from: string, to: string, flags = 0): void => m.vfs.mount(m.ctx, from, to, '', MS.BIND | flags, '')
const make = (m: TestMachine, path: string, flags: number): void => m.vfs.mount(m.ctx, '', path, '', flags, '')

describe('mounts', () => {
  it('binds, stacks and unmounts', () => {
    const m = machine()
    bind(m, '/src', '/dst')
    expect(m.read('/dst/f')).toBe('one')
    tmpfs(m, '/dst')
    expect(m.mounts('/dst')).toEqual(['/dst ext4', '/dst tmpfs'])
    expect([m.ls('/dst'), m.vfs.realpath(m.ctx, '/dst/../src')]).toEqual(['', '/src'])
    m.vfs.umount(m.ctx, '/dst', 0)
    expect(m.ls('/dst')).toBe('f')
    expect(outcome(() => m.vfs.rmdir(m.ctx, '/dst'))).toBe('EBUSY')
    m.vfs.umount(m.ctx, '/dst', 0)
    expect(outcome(() => m.vfs.umount(m.ctx, '/dst', 0))).toBe('EINVAL')
  })

  it('refuses what Linux refuses', () => {
    const m = machine()
    const user = m.as(1000)
    const rows: readonly (readonly [() => unknown, string])[] = [
      [() => m.vfs.mount(m.ctx, 'x', '/dst', 'nosuchfs', 0, ''), 'ENODEV'],
      [() => m.vfs.mount(m.ctx, 'x', '/nosuch', 'tmpfs', 0, ''), 'ENOENT'],
      [() => m.vfs.mount(m.ctx, 'x', '/file', 'tmpfs', 0, ''), 'ENOTDIR'],
      [() => m.vfs.mount(m.ctx, 'x', '/dst', 'tmpfs', 0, 'bogus=1'), 'EINVAL'],
      [() => m.vfs.mount(user, 'x', '/dst', 'tmpfs', 0, ''), 'EPERM'],
      [() => bind(m, '/src', '/file'), 'ENOTDIR'],
      [() => m.vfs.umount(m.ctx, '/', 0), 'EBUSY'],
      [() => m.vfs.mount(m.ctx, '/file', '/dst', 'ext4', 0, ''), 'ENOTBLK'],
    ]
    expect(rows.map(([act]) => outcome(act))).toEqual(rows.map(([, code]) => code))
  })

  it('is busy while used, and lazy otherwise', () => {
    const m = machine()
    tmpfs(m, '/dst')
    m.write('/dst/x', 'x')
    const file = m.vfs.openNow(m.ctx, '/dst/x', O.RDONLY)
    expect(outcome(() => m.vfs.umount(m.ctx, '/dst', 0))).toBe('EBUSY')
    m.vfs.umount(m.ctx, '/dst', MNT.DETACH)
    expect([m.mounts('/dst'), m.now(file.read(m.ctx, 10)).length]).toEqual([[], 1])
    file.release()
  })

  it('remounts a bind read-only without touching the source', () => {
    const m = machine()
    bind(m, '/src', '/dst')
    m.vfs.mount(m.ctx, '', '/dst', '', MS.REMOUNT | MS.BIND | MS.RDONLY, '')
    expect(outcome(() => m.write('/dst/x', 'x'))).toBe('EROFS')
    m.write('/src/x', 'x')
    expect(m.read('/dst/x')).toBe('x')
  })

  it('limits tmpfs', () => {
    const m = machine()
    tmpfs(m, '/dst', 'size=8k,nr_inodes=3')
    m.write('/dst/a', 'x'.repeat(8192))
    expect(outcome(() => m.write('/dst/b', 'x'))).toBe('ENOSPC')
    expect(outcome(() => m.write('/dst/c', 'x'))).toBe('ENOSPC')
    m.vfs.unlink(m.ctx, '/dst/a')
    m.write('/dst/b', 'x')
    expect(m.vfs.statfs(m.ctx, '/dst')).toMatchObject({
      totalBytes: 8192,
      freeBytes: 4096,
      files: 3,
      freeFiles: 1,
    })
  })

  it('propagates between peers and to slaves, and not from private mounts', () => {
    const m = machine()
    tmpfs(m, '/A')
    bind(m, '/A', '/B')
    bind(m, '/A', '/C')
    make(m, '/C', MS.SLAVE)
    m.vfs.mkdir(m.ctx, '/A/s')
    tmpfs(m, '/A/s')
    expect(m.mounts('/').map((l) => l.split(' ')[0])).toEqual(['/', '/A', '/B', '/C', '/A/s', '/B/s', '/C/s'])
    m.vfs.umount(m.ctx, '/B/s', 0)
    expect(m.mounts('/').map((l) => l.split(' ')[0])).toEqual(['/', '/A', '/B', '/C'])
    tmpfs(m, '/C/s')
    expect(m.mounts('/').map((l) => l.split(' ')[0])).toEqual(['/', '/A', '/B', '/C', '/C/s'])
    make(m, '/A', MS.PRIVATE)
    tmpfs(m, '/A/s')
    expect(m.mounts('/B')).toEqual(['/B tmpfs'])
  })

  it('copies a namespace: peers at first, private on demand', () => {
    const m = machine()
    const inner = m.context(m.ctx.root, m.ctx.mntns, cred(0))
    m.vfs.copyMountNamespace(inner, m.ctx.mntns.userns)
    tmpfs(m, '/dst')
    expect(m.mounts('/dst', inner)).toEqual(['/dst tmpfs'])
    m.vfs.mount(inner, '', '/', '', MS.REC | MS.PRIVATE, '')
    m.vfs.mount(inner, 't', '/A', 'tmpfs', 0, '')
    expect([m.mounts('/A'), m.mounts('/A', inner)]).toEqual([[], ['/A tmpfs']])
    m.vfs.umount(m.ctx, '/dst', 0)
    expect(m.mounts('/dst', inner)).toEqual(['/dst tmpfs'])
  })

  it('leaves the mounts of peers alone when a namespace ends', () => {
    const m = machine()
    tmpfs(m, '/dst')
    const inner = m.context(m.ctx.root, m.ctx.mntns, cred(0))
    const ns = m.vfs.copyMountNamespace(inner, m.ctx.mntns.userns)
    m.vfs.mount(inner, 't', '/A', 'tmpfs', 0, '')
    m.vfs.destroyMountNamespace(ns)
    expect(m.mounts('/')).toEqual(['/ ext4', '/dst tmpfs', '/A tmpfs'])
  })

  it('copies recursively or not', () => {
    const m = machine()
    tmpfs(m, '/A')
    m.vfs.mkdir(m.ctx, '/A/x')
    tmpfs(m, '/A/x')
    m.write('/A/x/deep', '')
    bind(m, '/A', '/B')
    expect(m.ls('/B/x')).toBe('')
    m.vfs.umount(m.ctx, '/B', 0)
    bind(m, '/A', '/B', MS.REC)
    expect(m.ls('/B/x')).toBe('deep')
    expect(outcome(() => m.vfs.umount(m.ctx, '/B', 0))).toBe('EBUSY')
  })

  it('pivots', () => {
    const m = machine()
    const inner = m.context(m.ctx.root, m.ctx.mntns, cred(0))
    m.vfs.copyMountNamespace(inner, m.ctx.mntns.userns)
    m.vfs.mount(inner, '', '/', '', MS.REC | MS.PRIVATE, '')
    expect(outcome(() => m.vfs.pivotRoot(inner, '/src', '/src'))).toBe('EBUSY')
    m.vfs.mount(inner, '/src', '/src', '', MS.BIND, '')
    m.vfs.mkdir(inner, '/src/old')
    m.vfs.chdir(inner, '/src')
    m.vfs.pivotRoot(inner, '.', 'old')
    expect([m.ls('/', inner), m.vfs.getcwd(inner), m.mounts('/', inner)]).toEqual(['f old', '/', ['/old ext4', '/ ext4']])
    m.vfs.umount(inner, '/old', MNT.DETACH)
    expect([m.ls('/old', inner), m.ls('/A')]).toEqual(['', ''])
  })
})
