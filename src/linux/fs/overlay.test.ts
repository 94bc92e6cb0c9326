import { describe, expect, it } from 'vitest'
import { MS, O, S } from '../syscalls.ts'
import { dir, outcome, TestMachine, text } from '../vfs/test-machine.ts'

const OPTIONS = 'lowerdir=/l1:/l2,upperdir=/u,workdir=/w'

function machine(): TestMachine {
  const m = new TestMachine([
    dir('/l1'),
    dir('/l2'),
    dir('/u'),
    dir('/w'),
    dir('/m'),
    text('/l1/a', 'top'),
    text('/l2/a', 'bottom'),
    text('/l2/b', 'b', 0o640),
    dir('/l1/d'),
    dir('/l2/d'),
    text('/l1/d/x', '1'),
    text('/l2/d/y', '2'),
  ])
  m.vfs.mount(m.ctx, 'overlay', '/m', 'overlay', 0, OPTIONS)
  return m
}

describe('overlay', () => {
  it('merges', () => {
    const m = machine()
    expect([m.ls('/m'), m.ls('/m/d'), m.read('/m/a'), m.mounts('/m')]).toEqual(['a b d', 'x y', 'top', ['/m overlay']])
  })

  it('copies up at the first write only', () => {
    const m = machine()
    const file = m.vfs.openNow(m.ctx, '/m/b', O.RDONLY)
    file.release()
    expect(m.ls('/u')).toBe('')
    m.write('/m/b', '!', O.APPEND)
    m.write('/m/d/y', 'new')
    expect([m.read('/m/b'), m.read('/l2/b'), m.read('/u/b'), m.vfs.stat(m.ctx, '/m/b').mode.toString(8), m.ls('/u/d')]).toEqual([
      'b!',
      'b',
      'b!',
      '100640',
      'y',
    ])
  })

  it('leaves whiteouts and opaque directories', () => {
    const m = machine()
    m.vfs.unlink(m.ctx, '/m/a')
    const white = m.vfs.lstat(m.ctx, '/u/a')
    // The whiteout is a link to one that stays in the work directory; the next one is a further link.
    expect([m.ls('/m'), white.mode === S.IFCHR, white.rdev, white.nlink]).toEqual(['b d', true, 0, 2])
    expect(outcome(() => m.vfs.rmdir(m.ctx, '/m/d'))).toBe('ENOTEMPTY')
    m.vfs.unlink(m.ctx, '/m/d/x')
    m.vfs.unlink(m.ctx, '/m/d/y')
    m.vfs.rmdir(m.ctx, '/m/d')
    m.vfs.mkdir(m.ctx, '/m/d')
    expect([m.ls('/m/d'), m.ls('/m')]).toEqual(['', 'b d'])
    m.write('/m/a', 'again')
    expect([m.read('/m/a'), m.read('/u/a')]).toEqual(['again', 'again'])
  })

  it('renames files, and refuses to rename merged directories', () => {
    const m = machine()
    m.vfs.rename(m.ctx, '/m/b', '/m/c')
    expect([m.ls('/m'), m.read('/m/c'), m.ls('/u')]).toEqual(['a c d', 'b', 'b c'])
    expect(outcome(() => m.vfs.rename(m.ctx, '/m/d', '/m/e'))).toBe('EXDEV')
    m.vfs.mkdir(m.ctx, '/m/n')
    m.write('/m/n/f', 'f')
    m.vfs.rename(m.ctx, '/m/n', '/m/o')
    expect([m.read('/m/o/f'), outcome(() => m.vfs.stat(m.ctx, '/m/n'))]).toEqual(['f', 'ENOENT'])
  })

  it('is read-only without an upper', () => {
    const m = machine()
    m.vfs.umount(m.ctx, '/m', 0)
    m.vfs.mount(m.ctx, 'overlay', '/m', 'overlay', MS.RDONLY, 'lowerdir=/l1:/l2')
    expect([m.ls('/m'), outcome(() => m.write('/m/z', ''))]).toEqual(['a b d', 'EROFS'])
  })
})
