import type { Kernel } from '../kernel.ts'
import { cgroup2Type } from './cgroup2.ts'
import { registerMemDevices } from './chardev.ts'
import { fillDev } from './devices.ts'
import { devptsType } from './devpts.ts'
import { Ext4 } from './ext4.ts'
import { LoopDevices } from './loop.ts'
import { overlayType } from './overlay.ts'
import { listedType, plainTypes } from './plain.ts'
import { procType } from './proc/proc.ts'
import { sysfsType } from './sysfs.ts'
import { devtmpfsType, ramfsType, tmpfsType } from './tmpfs.ts'

/** Types that a Debian kernel lists and nobody mounts here. */
const INTERNAL = ['bdev', 'cgroup', 'cpuset', 'sockfs', 'pipefs']

/** File system types in the order of /proc/filesystems, devices of major 1 and loop devices. */
export function registerFileSystems(kernel: Kernel, memoryBytes: number): Ext4 {
  const { vfs } = kernel
  const plain = plainTypes(vfs)
  const ext4 = new Ext4(vfs)
  const devtmpfs = devtmpfsType(vfs, memoryBytes)
  const listed = new Map(INTERNAL.map((name) => [name, listedType(vfs, name)]))
  const made = new Map(
    [
      sysfsType(kernel),
      tmpfsType(vfs, memoryBytes),
      procType(kernel),
      cgroup2Type(kernel),
      devtmpfs,
      ramfsType(vfs),
      devptsType(kernel),
      overlayType(vfs),
      ...ext4.types,
    ].map((t) => [t.name, t]),
  )
  const order = [
    'sysfs',
    'tmpfs',
    'bdev',
    'proc',
    'cgroup',
    'cgroup2',
    'cpuset',
    'devtmpfs',
    'configfs',
    'debugfs',
    'tracefs',
    'securityfs',
    'sockfs',
    'bpf',
    'pipefs',
    'ramfs',
    'hugetlbfs',
    'devpts',
    'ext3',
    'ext2',
    'ext4',
    'mqueue',
    'pstore',
    'autofs',
    'fusectl',
    'binfmt_misc',
    'overlay',
  ]
  for (const name of order) {
    const type = made.get(name) ?? plain.get(name) ?? listed.get(name)
    if (type !== undefined) vfs.registerType(type)
  }
  registerMemDevices(vfs)
  fillDev(devtmpfs.instance)
  new LoopDevices(vfs, () => devtmpfs.instance)
  return ext4
}
