import type { Kernel } from '../../kernel.ts'
import type { Process } from '../../process/process.ts'
import { minorOf } from '../../vfs/inode.ts'
import { BlockDevice } from '../block.ts'

/** Files of /proc that describe the machine: proc(5). */

const SECOND = 1_000_000

/** Hundredths of a second with two decimals. */
const seconds = (micros: number): string => {
  const c = Math.max(0, Math.floor(micros / 10_000))
  return `${Math.floor(c / 100)}.${String(c % 100).padStart(2, '0')}`
}

export function uptime(k: Kernel, reader: Process | undefined): string {
  const offset = reader?.ns.time.boottimeOffset ?? 0
  const idle = k.uptime() * k.cpus - k.userMicros - k.systemMicros
  return `${seconds(k.uptime() + offset)} ${seconds(idle)}\n`
}

export function loadavg(k: Kernel, reader: Process | undefined): string {
  const ns = reader?.pidns ?? k.pidns
  const show = (n: number): string => {
    const c = Math.floor(n * 100 + 0.5)
    return `${Math.floor(c / 100)}.${String(c % 100).padStart(2, '0')}`
  }
  let running = 0
  let total = 0
  for (const p of k.pidns.processes.values()) {
    total += Math.max(1, p.threads.size)
    if (p.state === 'R') running++
  }
  return `${k.cpu.load.read(k.sim.now).map(show).join(' ')} ${Math.max(1, running)}/${total} ${ns.lastPid}\n`
}

export function version(k: Kernel): string {
  return `Linux version ${k.release} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${k.version}\n`
}

export function meminfo(k: Kernel): string {
  const m = k.memory
  const slab = 58 * 1024 * 1024
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', m.usable],
    ['MemFree', m.free],
    ['MemAvailable', m.available],
    ['Buffers', Math.floor(m.cached / 40)],
    ['Cached', m.cached],
    ['SwapCached', 0],
    ['Active', Math.floor(m.cached / 2)],
    ['Inactive', m.anon + Math.floor(m.cached / 2)],
    ['Active(anon)', 0],
    ['Inactive(anon)', m.anon],
    ['Active(file)', Math.floor(m.cached / 2)],
    ['Inactive(file)', Math.floor(m.cached / 2)],
    ['Unevictable', 0],
    ['Mlocked', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Zswap', 0],
    ['Zswapped', 0],
    ['Dirty', 0],
    ['Writeback', 0],
    ['AnonPages', m.anon],
    ['Mapped', Math.floor(m.cached / 6)],
    ['Shmem', 0],
    ['KReclaimable', Math.floor(slab / 2)],
    ['Slab', slab],
    ['SReclaimable', Math.floor(slab / 2)],
    ['SUnreclaim', Math.floor(slab / 2)],
    ['KernelStack', k.pidns.processes.size * 16384],
    ['PageTables', k.pidns.processes.size * 45056],
    ['SecPageTables', 0],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', Math.floor(m.usable / 2)],
    ['Committed_AS', m.anon * 2],
    ['VmallocTotal', 34359738367 * 1024],
    ['VmallocUsed', 12 * 1024 * 1024],
    ['VmallocChunk', 0],
    ['Percpu', 1024 * 1024],
    ['HardwareCorrupted', 0],
    ['AnonHugePages', 0],
    ['ShmemHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FileHugePages', 0],
    ['FilePmdMapped', 0],
  ]
  let out = ''
  for (const [name, bytes] of rows) out += `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`
  const huge: readonly (readonly [string, number, string])[] = [
    ['HugePages_Total', 0, ''],
    ['HugePages_Free', 0, ''],
    ['HugePages_Rsvd', 0, ''],
    ['HugePages_Surp', 0, ''],
    ['Hugepagesize', 2048, ' kB'],
    ['Hugetlb', 0, ' kB'],
    ['DirectMap4k', 65536, ' kB'],
    ['DirectMap2M', Math.floor(m.total / 1024) - 65536, ' kB'],
  ]
  for (const [name, n, unit] of huge) out += `${`${name}:`.padEnd(16)}${String(n).padStart(8)}${unit}\n`
  return out
}

export function cpuinfo(k: Kernel): string {
  let out = ''
  for (let i = 0; i < k.cpus; i++) {
    const rows: readonly (readonly [string, string | number])[] = [
      ['processor\t', i],
      ['vendor_id\t', 'AuthenticAMD'],
      ['cpu family\t', 15],
      ['model\t\t', 107],
      ['model name\t', 'QEMU TCG CPU version 2.5+'],
      ['stepping\t', 1],
      ['microcode\t', '0x1000065'],
      ['cpu MHz\t\t', '2600.004'],
      ['cache size\t', '512 KB'],
      ['physical id\t', 0],
      ['siblings\t', k.cpus],
      ['core id\t\t', i],
      ['cpu cores\t', k.cpus],
      ['apicid\t\t', i],
      ['initial apicid\t', i],
      ['fpu\t\t', 'yes'],
      ['fpu_exception\t', 'yes'],
      ['cpuid level\t', 13],
      ['wp\t\t', 'yes'],
      [
        'flags\t\t',
        'fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 ht syscall nx lm rep_good nopl cpuid pni cx16 hypervisor lahf_lm svm 3dnowprefetch vmmcall',
      ],
      ['bugs\t\t', 'fxsave_leak sysret_ss_attrs spectre_v1 spectre_v2'],
      ['bogomips\t', '5200.00'],
      ['TLB size\t', '1024 4K pages'],
      ['clflush size\t', 64],
      ['cache_alignment\t', 64],
      ['address sizes\t', '40 bits physical, 48 bits virtual'],
      ['power management', ''],
    ]
    out += `${rows.map(([name, value]) => `${name}:${value === '' ? '' : ` ${value}`}\n`).join('')}\n`
  }
  return out
}

export function stat(k: Kernel): string {
  const ticks = (micros: number): number => Math.floor(micros / 10_000)
  const user = ticks(k.userMicros)
  const system = ticks(k.systemMicros)
  const idle = Math.max(0, ticks(k.uptime() * k.cpus) - user - system)
  const row = (name: string, share: number): string =>
    `${name} ${Math.floor(user / share)} 0 ${Math.floor(system / share)} ${Math.floor(idle / share)} 0 0 0 0 0 0\n`
  let out = row('cpu ', 1)
  for (let i = 0; i < k.cpus; i++) out += row(`cpu${i}`, k.cpus)
  let running = 0
  for (const p of k.pidns.processes.values()) if (p.state === 'R') running++
  return `${out}intr ${ticks(k.uptime()) * k.cpus}\nctxt ${ticks(k.uptime()) * 20}\nbtime ${Math.floor(k.bootTime / SECOND)}\nprocesses ${k.forks}\nprocs_running ${Math.max(1, running)}\nprocs_blocked 0\nsoftirq ${ticks(k.uptime()) * k.cpus} 0 0 0 0 0 0 0 0 0 0\n`
}

export function filesystems(k: Kernel): string {
  return k.vfs
    .types()
    .map((t) => `${t.nodev ? 'nodev' : ''}\t${t.name}\n`)
    .join('')
}

/** Names of majors beyond the drivers that are modelled, as a Debian kernel lists them. */
const CHAR_MAJORS: readonly (readonly [number, string])[] = [
  [1, 'mem'],
  [4, '/dev/vc/0'],
  [4, 'tty'],
  [4, 'ttyS'],
  [5, '/dev/tty'],
  [5, '/dev/console'],
  [5, '/dev/ptmx'],
  [5, 'ttyprintk'],
  [7, 'vcs'],
  [10, 'misc'],
  [13, 'input'],
  [29, 'fb'],
  [128, 'ptm'],
  [136, 'pts'],
  [180, 'usb'],
  [189, 'usb_device'],
  [226, 'drm'],
  [244, 'hidraw'],
  [245, 'vfio'],
  [246, 'bsg'],
  [247, 'watchdog'],
  [248, 'ptp'],
  [249, 'pps'],
  [250, 'rtc'],
  [251, 'dax'],
  [252, 'dimmctl'],
  [253, 'ndctl'],
  [254, 'gpiochip'],
]

export function devices(): string {
  const char = CHAR_MAJORS.map(([n, name]) => `${String(n).padStart(3)} ${name}\n`).join('')
  const block = ['  7 loop', '  8 sd', '  9 md', ' 65 sd', '253 device-mapper', '254 virtblk', '259 blkext'].join('\n')
  return `Character devices:\n${char}\nBlock devices:\n${block}\n`
}

export function partitions(k: Kernel): string {
  let out = 'major minor  #blocks  name\n\n'
  for (const { major, device } of k.vfs.devices('block')) {
    if (!(device instanceof BlockDevice) || device.size === 0) continue
    out += `${String(major).padStart(4)}  ${String(minorOf(device.rdev)).padStart(7)} ${String(Math.floor(device.size / 1024)).padStart(10)} ${device.node}\n`
  }
  return out
}

export function vmstat(k: Kernel): string {
  const m = k.memory
  const pages = (bytes: number): number => Math.floor(bytes / 4096)
  return `nr_free_pages ${pages(m.free)}\nnr_anon_pages ${pages(m.anon)}\nnr_file_pages ${pages(m.cached)}\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault ${k.forks * 500}\npgmajfault 0\noom_kill ${k.oomKills}\n`
}

export function interrupts(k: Kernel): string {
  const ticks = Math.floor(k.uptime() / 10_000)
  const row = (name: string, n: number, what: string): string =>
    `${name.padStart(4)}: ${Array.from({ length: k.cpus }, () => String(n).padStart(10)).join(' ')}   ${what}\n`
  return `     ${Array.from({ length: k.cpus }, (_, i) => `     CPU${i}  `).join('')}\n${row('LOC', ticks, 'Local timer interrupts')}${row('RES', 0, 'Rescheduling interrupts')}`
}

export function diskstats(k: Kernel): string {
  let out = ''
  for (const { major, device } of k.vfs.devices('block')) {
    if (device instanceof BlockDevice && device.size > 0)
      out += `${String(major).padStart(4)} ${String(minorOf(device.rdev)).padStart(7)} ${device.node} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`
  }
  return out
}

export const PRESSURE = 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'

/** Controllers as cgroup v1 names them; all belong to the unified hierarchy (0). */
const SUBSYSTEMS = [
  'cpuset',
  'cpu',
  'cpuacct',
  'blkio',
  'memory',
  'devices',
  'freezer',
  'net_cls',
  'perf_event',
  'net_prio',
  'hugetlb',
  'pids',
  'rdma',
  'misc',
]

export function cgroups(k: Kernel): string {
  let count = 0
  for (const _cgroup of k.cgroups.top.subtree()) count++
  return `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${SUBSYSTEMS.map((name) => `${name}\t0\t${count}\t1\n`).join('')}`
}
