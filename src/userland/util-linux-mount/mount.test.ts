// recorded: util-linux 2.38.1, coreutils 9.1 on Debian 12 (messages and order)
import { describe, expect, it } from 'vitest'
import { elf } from '#linux/elf.ts'
import { buildTree } from '#linux/fs/memory/image.ts'
import { Kernel } from '#linux/kernel.ts'
import { MS, O, type Program, S } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import { Simulation } from '#sim/simulation.ts'
import { df } from '../coreutils/df.ts'
import { programs as e2fsprogs } from '../e2fsprogs/index.ts'
import { programs } from './index.ts'

const START = 1_795_397_760_000_000
const ALL = new Map<string, Program>([...programs, ...e2fsprogs, df].map((p) => [p.name.slice(p.name.indexOf('/') + 1), p]))

/** Runs command lines on a machine with /proc, /sys and /dev; returns what each printed, and its status when it isn't 0. */
function transcript(lines: readonly string[]): string[] {
  const sim = new Simulation({ seed: 1, start: START })
  const dirs = ['proc', 'sys', 'dev', 'etc', 'root', 'root/A', 'root/B', 'mnt', 'tmp'].map((d) => ({
    path: `/${d}`,
    mode: S.IFDIR | 0o755,
  }))
  const bins = [...ALL.keys()].map((name) => ({ path: `/bin/${name}`, mode: S.IFREG | 0o755, content: elf({ program: name }) }))
  const fstab = { path: '/etc/fstab', mode: S.IFREG | 0o644, content: '/dev/vda / ext4 errors=remount-ro 0 1\n' }
  const kernel = new Kernel({
    sim,
    hostname: 'box',
    programs: (name) => ALL.get(name),
    root: buildTree([...dirs, ...bins, fstab, { path: '/root/f', mode: S.IFREG | 0o644, content: 'x' }]),
  })
  const out: string[] = []
  kernel.spawn({
    argv: ['init'],
    main: function* (proc) {
      proc.mount('none', '/', '', MS.SHARED, '')
      proc.mount('proc', '/proc', 'proc', 0, '')
      proc.mount('sysfs', '/sys', 'sysfs', 0, '')
      proc.mount('udev', '/dev', 'devtmpfs', 0, '')
      for (let i = 0; i < 3; i++) yield* proc.open('/dev/null', O.RDWR)
      proc.chdir('/root')
      for (const line of lines) {
        const argv = line.split(' ')
        if (argv[0] === 'truncate') {
          const fd = yield* proc.open(argv[2] ?? '', O.CREAT | O.WRONLY)
          proc.ftruncate(fd, Number(argv[1]))
          proc.close(fd)
          continue
        }
        const pipe = proc.pipe()
        const child = proc.fork(function* (c) {
          c.dup2(pipe.write, 1)
          c.dup2(pipe.write, 2)
          c.close(pipe.write)
          return yield* c.exec(`/bin/${argv[0]}`, argv, ['PATH=/bin'])
        })
        proc.close(pipe.write)
        let text = ''
        for (;;) {
          const part = yield* proc.read(pipe.read, 65536)
          if (part.length === 0) break
          text += decode(part)
        }
        proc.close(pipe.read)
        const status = yield* proc.wait(child)
        out.push(`${text}${status?.exit === 0 ? '' : `[exit ${status?.exit ?? status?.signal}]`}`)
      }
      return 0
    },
  })
  sim.run({ until: START + 60_000_000 })
  return out
}

const dmesg = '       dmesg(1) may have more information after failed mount system call.\n'

const cases: readonly (readonly [string, string])[] = [
  ['mount -l -t ext4', '/dev/vda on / type ext4 (rw,relatime,errors=remount-ro)\n'],
  ['findmnt /', 'TARGET SOURCE   FSTYPE OPTIONS\n/      /dev/vda ext4   rw,relatime,errors=remount-ro\n'],
  ['findmnt -n -o TARGET,PROPAGATION /', '/      shared\n'],
  ['mount --bind A B', ''],
  ['findmnt B', 'TARGET  SOURCE            FSTYPE OPTIONS\n/root/B /dev/vda[/root/A] ext4   rw,relatime,errors=remount-ro\n'],
  ['mountpoint B', 'B is a mountpoint\n'],
  ['mountpoint A', 'A is not a mountpoint\n[exit 32]'],
  ['umount B', ''],
  ['umount B', 'umount: B: not mounted.\n[exit 32]'],
  ['mount --bind A nosuch', `mount: nosuch: mount point does not exist.\n${dmesg}[exit 32]`],
  ['mount --bind nosuch B', `mount: /root/B: special device nosuch does not exist.\n${dmesg}[exit 32]`],
  ['mount --bind A f', `mount: /root/f: mount point is not a directory.\n${dmesg}[exit 32]`],
  ['mount --bind f B', `mount: /root/B: mount(2) system call failed: Not a directory.\n${dmesg}[exit 32]`],
  ['mount --bind -o ro A B', ''],
  ['findmnt -n -o OPTIONS B', 'ro,relatime,errors=remount-ro\n'],
  ['mount -o remount,rw,bind B', ''],
  ['findmnt -n -o OPTIONS B', 'rw,relatime,errors=remount-ro\n'],
  ['umount B', ''],
  ['mount -t tmpfs -o size=1m tmpfs B', ''],
  ['df -h B', 'Filesystem      Size  Used Avail Use% Mounted on\ntmpfs           1.0M     0  1.0M   0% /root/B\n'],
  ['umount B', ''],
  ['mount -t nosuchfs none B', `mount: /root/B: special device none does not exist.\n${dmesg}[exit 32]`],
  ['mount -t nosuchfs /dev/vda B', `mount: /root/B: /dev/vda already mounted on /.\n${dmesg}[exit 32]`],
  ['mount /dev/nosuch B', `mount: /root/B: special device /dev/nosuch does not exist.\n${dmesg}[exit 32]`],
  ['mount B', "mount: B: can't find in /etc/fstab.\n[exit 1]"],
  ['mount -t ext4 tmpfs B', `mount: /root/B: special device tmpfs does not exist.\n${dmesg}[exit 32]`],
  ['mount -t xyz none B', `mount: /root/B: unknown filesystem type 'xyz'.\n${dmesg}[exit 32]`],
  ['umount /nosuch', 'umount: /nosuch: no mount point specified.\n[exit 32]'],
  ['umount A B', 'umount: A: not mounted.\numount: B: not mounted.\n[exit 64]'],
  ['mkfs.ext4 -q disk.img', ''],
  ['mount -o loop disk.img B', ''],
  ['mount -t ext4', '/dev/vda on / type ext4 (rw,relatime,errors=remount-ro)\n/dev/loop0 on /root/B type ext4 (rw,relatime)\n'],
  ['losetup -a', '/dev/loop0: []: (/root/disk.img)\n'],
  ['lsblk', 'NAME  MAJ:MIN RM SIZE RO TYPE MOUNTPOINTS\nloop0 7:0      0   8M  0 loop /root/B\nvda   254:0    0   6G  0 disk /\n'],
  ['umount B', ''],
  ['losetup -a', ''],
  ['df nosuch', 'df: nosuch: No such file or directory\n[exit 1]'],
  ['mount --make-rprivate /', ''],
  ['findmnt -n -o PROPAGATION /', 'private\n'],
  ['pivot_root . A', "pivot_root: failed to change root from `.' to `A': Device or resource busy\n[exit 1]"],
]

describe('mount and its kin', () => {
  const at = cases.findIndex(([line]) => line.startsWith('mkfs'))
  const lines = [...cases.slice(0, at).map(([l]) => l), 'truncate 8388608 /root/disk.img', ...cases.slice(at).map(([l]) => l)]
  const outputs = transcript(lines)
  for (const [i, [line, expected]] of cases.entries()) it(`$ ${line} (${i})`, () => expect(outputs[i]).toBe(expected))
})
