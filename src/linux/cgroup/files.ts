import type { Wait } from '#sim/wait.ts'
import { Errno } from '../errno.ts'
import type { PidNamespace } from '../namespaces/pid.ts'
import type { Process } from '../process/process.ts'
import { SIGNALS } from '../signal.ts'
import { type Cgroup, CONTROLLERS, type Controller, type MemoryEvents, UNLIMITED } from './cgroup.ts'
import { cpuList, effectiveCpus, formatCpus } from './cpuset.ts'
import { limitChanged, memoryUsage, reclaim } from './memory.ts'
import { migrate } from './migrate.ts'

/** Who reads or writes a file of a cgroup. */
export interface Asker {
  readonly process: Process | undefined
  readonly pidns: PidNamespace
}

/** One file of a cgroup directory. */
export interface CgroupFile {
  /** Controller that must be enabled; absent: always there. */
  readonly controller?: Controller
  /** Where it is: in all cgroups, in all but the root, or in the root alone. */
  readonly where?: 'nonroot' | 'root'
  read?(cg: Cgroup, asker: Asker): string
  write?(cg: Cgroup, text: string, asker: Asker): void
  changed?(cg: Cgroup): Wait
}

const PAGE = 4096
const USER_HZ_NICE = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991, 1586, 1277, 1024,
  820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
]

const limit = (n: number): string => `${n === UNLIMITED ? 'max' : n}\n`

/** Names on one line; nothing at all when there are none. */
const words = (names: readonly string[]): string => (names.length === 0 ? '' : `${names.join(' ')}\n`)

/** kstrtoint(): a decimal number, or EINVAL. */
function integer(text: string, min = 0, max: number = Number.MAX_SAFE_INTEGER): number {
  const word = text.trim()
  if (!/^[+-]?\d+$/.test(word)) throw new Errno('EINVAL')
  const n = Number(word)
  if (n < min || n > max) throw new Errno('ERANGE')
  return n
}

/** page_counter_memparse(): `max`, or bytes with K, M, G …; rounded down to pages. */
function memory(text: string): number {
  const word = text.trim()
  if (word === 'max') return UNLIMITED
  const m = /^(0x[0-9a-fA-F]+|\d+)([kKmMgGtTpPeE]?)$/.exec(word)
  if (m === null) throw new Errno('EINVAL')
  const shift = 'kmgtpe'.indexOf((m[2] ?? '').toLowerCase() || '-') + 1
  let n = Number(m[1])
  for (let i = 0; i < shift; i++) n *= 1024
  return Math.floor(n / PAGE) * PAGE
}

function memoryLimit(key: 'min' | 'low' | 'high' | 'max' | 'swapMax' | 'swapHigh'): CgroupFile {
  return {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => limit(cg.memory[key]),
    write: (cg, text, asker) => {
      cg.memory[key] = memory(text)
      if (key === 'max') limitChanged(cg, asker.process)
    },
  }
}

const eventLines = (e: MemoryEvents): string =>
  `low ${e.low}\nhigh ${e.high}\nmax ${e.max}\noom ${e.oom}\noom_kill ${e.oom_kill}\noom_group_kill ${e.oom_group_kill}\n`

const pressure: CgroupFile = {
  read: () => 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
  write: () => {},
}

/** A file that only keeps what is written, when that has the right form. */
function kept(name: string, controller: Controller, initial: string, form: RegExp): CgroupFile {
  return {
    controller,
    where: 'nonroot',
    read: (cg) => cg.kept.get(name) ?? initial,
    write: (cg, text) => {
      if (!form.test(text.trim())) throw new Errno('EINVAL')
      cg.kept.set(name, `${text.trim()}\n`)
    },
  }
}

const constant = (controller: Controller, text: string, where?: 'nonroot' | 'root'): CgroupFile => ({
  controller,
  ...(where === undefined ? {} : { where }),
  read: () => text,
})

/** cgroup.subtree_control: all of the words take effect, or none. Source: cgroup_subtree_control_write. */
function writeSubtreeControl(cg: Cgroup, text: string): void {
  const enable = new Set<Controller>()
  const disable = new Set<Controller>()
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue
    const name = CONTROLLERS.find((c) => c === word.slice(1))
    if (name === undefined || (word[0] !== '+' && word[0] !== '-')) throw new Errno('EINVAL')
    const [to, from] = word[0] === '+' ? [enable, disable] : [disable, enable]
    to.add(name)
    from.delete(name)
  }
  for (const c of enable) if (!cg.subtreeControl.has(c) && !cg.enabled(c)) throw new Errno('ENOENT')
  for (const c of disable) {
    if (!cg.subtreeControl.has(c)) disable.delete(c)
    else for (const child of cg.children.values()) if (child.subtreeControl.has(c)) throw new Errno('EBUSY')
  }
  for (const c of [...enable]) if (cg.subtreeControl.has(c)) enable.delete(c)
  if (enable.size === 0 && disable.size === 0) return
  if (cg.parent !== undefined && enable.size > 0 && cg.procs.size > 0) throw new Errno('EBUSY')
  for (const c of enable) cg.subtreeControl.add(c)
  for (const c of disable) cg.subtreeControl.delete(c)
  cg.root.recompute()
}

function writeProcs(cg: Cgroup, text: string, asker: Asker): void {
  const word = text.trim()
  if (!/^\d+$/.test(word)) throw new Errno('EINVAL')
  const pid = Number(word)
  const target = pid === 0 ? asker.process : asker.pidns.processes.get(pid)
  if (target === undefined || target.exited) throw new Errno('ESRCH')
  migrate(target, cg, asker.process)
}

function listProcs(cg: Cgroup, asker: Asker): string {
  return [...cg.procs]
    .map((p) => p.pidIn(asker.pidns))
    .sort((a, b) => a - b)
    .map((pid) => `${pid}\n`)
    .join('')
}

function cpuStat(cg: Cgroup): string {
  cg.root.sync()
  const { cpu } = cg
  const user = Math.round(cpu.userMicros)
  const system = Math.round(cpu.systemMicros)
  const base = `usage_usec ${user + system}\nuser_usec ${user}\nsystem_usec ${system}\n`
  if (cg.parent === undefined || !cg.enabled('cpu')) return base
  return `${base}nr_periods ${cpu.periods}\nnr_throttled ${cpu.throttledPeriods}\nthrottled_usec ${Math.round(cpu.throttledMicros)}\nnr_bursts 0\nburst_usec 0\n`
}

function writeCpuMax(cg: Cgroup, text: string): void {
  const m = /^(max|\d+)(?:\s+(\d+))?$/.exec(text.trim())
  if (m === null) throw new Errno('EINVAL')
  const period = m[2] === undefined ? cg.cpu.period : Number(m[2])
  if (period < 1000 || period > 1_000_000) throw new Errno('EINVAL')
  const quota = m[1] === 'max' ? undefined : Number(m[1])
  if (quota !== undefined && quota < 1000) throw new Errno('EINVAL')
  cg.cpu.period = period
  cg.cpu.quota = quota
  cg.cpu.throttled = false
  cg.cpu.runtimeLeft = quota ?? 0
  cg.root.recompute()
}

/** The nice value whose weight is nearest to cpu.weight. */
function niceOf(weight: number): number {
  let best = 0
  let nearest = Number.POSITIVE_INFINITY
  for (const [i, w] of USER_HZ_NICE.entries()) {
    const d = Math.abs(w - weight * 10.24)
    if (d < nearest) {
      nearest = d
      best = i - 20
    }
  }
  return best
}

function memoryStat(cg: Cgroup): string {
  const { anon, file, kernel } = cg.memory
  const zero = (names: string): string =>
    names
      .split(' ')
      .map((n) => `${n} 0\n`)
      .join('')
  return (
    `anon ${anon}\nfile ${file}\nkernel ${kernel}\nkernel_stack ${Math.floor(kernel / 2)}\npagetables ${Math.ceil(kernel / 2)}\n` +
    zero('sec_pagetables percpu sock vmalloc shmem zswap zswapped') +
    `file_mapped ${Math.floor(file / 8)}\nfile_dirty 0\nfile_writeback 0\nswapcached 0\nanon_thp 0\nfile_thp 0\nshmem_thp 0\ninactive_anon ${anon}\nactive_anon 0\n` +
    `inactive_file ${Math.floor(file / 2)}\nactive_file ${Math.ceil(file / 2)}\n` +
    zero(
      'unevictable slab_reclaimable slab_unreclaimable slab workingset_refault_anon workingset_refault_file workingset_activate_anon workingset_activate_file ' +
        'workingset_restore_anon workingset_restore_file workingset_nodereclaim pgscan pgsteal pgscan_kswapd pgscan_direct pgsteal_kswapd pgsteal_direct',
    ) +
    `pgfault ${Math.floor(anon / PAGE)}\n` +
    zero('pgmajfault pgrefill pgactivate pgdeactivate pglazyfree pglazyfreed thp_fault_alloc thp_collapse_alloc')
  )
}

function descendants(cg: Cgroup): number {
  let n = 0
  for (const child of cg.children.values()) n += 1 + descendants(child)
  return n
}

/** Every file of a cgroup directory by name: the kernel's cgroup-v2 document, "Core Interface Files" and "Controllers". */
export const CGROUP_FILES: Readonly<Record<string, CgroupFile>> = {
  'cgroup.type': {
    where: 'nonroot',
    read: () => 'domain\n',
    write: () => {
      throw new Errno('EOPNOTSUPP', 'threaded cgroups are not modelled')
    },
  },
  'cgroup.procs': { read: listProcs, write: writeProcs },
  'cgroup.threads': { read: listProcs, write: writeProcs },
  'cgroup.controllers': { read: (cg) => words(cg.controllers) },
  'cgroup.subtree_control': {
    read: (cg) => words(CONTROLLERS.filter((c) => cg.subtreeControl.has(c))),
    write: writeSubtreeControl,
  },
  'cgroup.events': {
    where: 'nonroot',
    read: (cg) => `populated ${cg.populated > 0 ? 1 : 0}\nfrozen ${cg.frozen ? 1 : 0}\n`,
    changed: (cg) => cg.changed,
  },
  'cgroup.max.descendants': {
    read: (cg) => limit(cg.maxDescendants),
    write: (cg, text) => {
      cg.maxDescendants = text.trim() === 'max' ? UNLIMITED : integer(text)
    },
  },
  'cgroup.max.depth': {
    read: (cg) => limit(cg.maxDepth),
    write: (cg, text) => {
      cg.maxDepth = text.trim() === 'max' ? UNLIMITED : integer(text)
    },
  },
  'cgroup.stat': {
    read: (cg) => `nr_descendants ${descendants(cg)}\nnr_dying_descendants 0\n`,
  },
  'cgroup.freeze': {
    where: 'nonroot',
    read: (cg) => `${cg.freeze ? 1 : 0}\n`,
    write: (cg, text) => {
      cg.freeze = integer(text, 0, 1) === 1
      for (const at of cg.subtree()) {
        at.changed.wakeAll()
        for (const p of at.procs) p.suspensionChanged()
      }
    },
  },
  'cgroup.kill': {
    where: 'nonroot',
    write: (cg, text) => {
      if (integer(text, 0, 1) !== 1) throw new Errno('ERANGE')
      for (const at of cg.subtree()) for (const p of [...at.procs]) p.die({ signal: SIGNALS.KILL })
    },
  },
  'cgroup.pressure': {
    read: () => '1\n',
    write: (_cg, text) => void integer(text, 0, 1),
  },
  'cpu.pressure': pressure,
  'io.pressure': pressure,
  'memory.pressure': pressure,
  'cpu.stat': { read: cpuStat },

  'cpu.weight': {
    controller: 'cpu',
    where: 'nonroot',
    read: (cg) => `${cg.cpu.idle ? 0 : cg.cpu.weight}\n`,
    write: (cg, text) => {
      cg.cpu.weight = integer(text, 1, 10_000)
      cg.root.recompute()
    },
  },
  'cpu.weight.nice': {
    controller: 'cpu',
    where: 'nonroot',
    read: (cg) => `${niceOf(cg.cpu.weight)}\n`,
    write: (cg, text) => {
      const weight = USER_HZ_NICE[integer(text, -20, 19) + 20] ?? 1024
      cg.cpu.weight = Math.max(1, Math.round((weight * 100) / 1024))
      cg.root.recompute()
    },
  },
  'cpu.max': {
    controller: 'cpu',
    where: 'nonroot',
    read: (cg) => `${cg.cpu.quota ?? 'max'} ${cg.cpu.period}\n`,
    write: writeCpuMax,
  },
  'cpu.max.burst': {
    controller: 'cpu',
    where: 'nonroot',
    read: (cg) => `${cg.cpu.burst}\n`,
    write: (cg, text) => {
      const burst = integer(text)
      if (burst > (cg.cpu.quota ?? 0)) throw new Errno('EINVAL')
      cg.cpu.burst = burst
    },
  },
  'cpu.idle': {
    controller: 'cpu',
    where: 'nonroot',
    read: (cg) => `${cg.cpu.idle ? 1 : 0}\n`,
    write: (cg, text) => {
      cg.cpu.idle = integer(text, 0, 1) === 1
    },
  },

  'cpuset.cpus': {
    controller: 'cpuset',
    where: 'nonroot',
    read: (cg) => `${cg.cpuset === undefined ? '' : formatCpus(cg.cpuset)}\n`,
    write: (cg, text) => {
      cg.cpuset = cpuList(text.trim(), cg.root.cpus)
      cg.root.recompute()
    },
  },
  'cpuset.cpus.effective': {
    controller: 'cpuset',
    read: (cg) => `${formatCpus(effectiveCpus(cg))}\n`,
  },
  'cpuset.cpus.partition': kept('cpuset.cpus.partition', 'cpuset', 'member\n', /^(member|root|isolated)$/),
  'cpuset.mems': {
    controller: 'cpuset',
    where: 'nonroot',
    read: (cg) => cg.kept.get('cpuset.mems') ?? '\n',
    write: (cg, text) => {
      const word = text.trim()
      if (!/^[\d,-]*$/.test(word)) throw new Errno('EINVAL')
      if (word !== '' && word !== '0') throw new Errno('EINVAL')
      cg.kept.set('cpuset.mems', `${word}\n`)
    },
  },
  'cpuset.mems.effective': constant('cpuset', '0\n'),

  'memory.current': {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => `${memoryUsage(cg)}\n`,
  },
  'memory.peak': {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => `${cg.memory.peak}\n`,
  },
  'memory.min': memoryLimit('min'),
  'memory.low': memoryLimit('low'),
  'memory.high': memoryLimit('high'),
  'memory.max': memoryLimit('max'),
  'memory.events': {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => eventLines(cg.memory.events),
    changed: (cg) => cg.changed,
  },
  'memory.events.local': {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => eventLines(cg.memory.localEvents),
    changed: (cg) => cg.changed,
  },
  'memory.stat': { controller: 'memory', read: memoryStat },
  'memory.numa_stat': {
    controller: 'memory',
    read: (cg) => `anon N0=${cg.memory.anon}\nfile N0=${cg.memory.file}\nkernel_stack N0=${Math.floor(cg.memory.kernel / 2)}\n`,
  },
  'memory.oom.group': {
    controller: 'memory',
    where: 'nonroot',
    read: (cg) => `${cg.memory.oomGroup ? 1 : 0}\n`,
    write: (cg, text) => {
      const n = integer(text, Number.MIN_SAFE_INTEGER)
      if (n !== 0 && n !== 1) throw new Errno('EINVAL')
      cg.memory.oomGroup = n === 1
    },
  },
  'memory.reclaim': {
    controller: 'memory',
    write: (cg, text) => {
      const bytes = memory(text)
      if (reclaim(cg, bytes) < bytes) throw new Errno('EAGAIN')
    },
  },
  'memory.swap.current': constant('memory', '0\n', 'nonroot'),
  'memory.swap.events': constant('memory', 'high 0\nmax 0\nfail 0\n', 'nonroot'),
  'memory.swap.high': memoryLimit('swapHigh'),
  'memory.swap.max': memoryLimit('swapMax'),

  'pids.current': {
    controller: 'pids',
    where: 'nonroot',
    read: (cg) => `${cg.pids.current}\n`,
  },
  'pids.peak': {
    controller: 'pids',
    where: 'nonroot',
    read: (cg) => `${cg.pids.peak}\n`,
  },
  'pids.events': {
    controller: 'pids',
    where: 'nonroot',
    read: (cg) => `max ${cg.pids.events}\n`,
    changed: (cg) => cg.changed,
  },
  'pids.max': {
    controller: 'pids',
    where: 'nonroot',
    read: (cg) => limit(cg.pids.max),
    write: (cg, text) => {
      if (text.trim() === 'max') cg.pids.max = UNLIMITED
      else {
        const word = text.trim()
        if (!/^\d+$/.test(word)) throw new Errno('EINVAL')
        cg.pids.max = Number(word)
      }
    },
  },

  'io.max': kept('io.max', 'io', '', /^\d+:\d+( (rbps|wbps|riops|wiops)=(max|\d+))+$/),
  'io.stat': { controller: 'io', read: () => '' },
  'io.weight': {
    controller: 'io',
    where: 'nonroot',
    read: (cg) => cg.kept.get('io.weight') ?? 'default 100\n',
    write: (cg, text) => {
      const m = /^(?:default\s+)?(\d+)$/.exec(text.trim())
      if (m === null) throw new Errno('EINVAL')
      const weight = Number(m[1])
      if (weight < 1 || weight > 10_000) throw new Errno('EINVAL')
      cg.kept.set('io.weight', `default ${weight}\n`)
    },
  },
  'io.cost.model': {
    controller: 'io',
    where: 'root',
    read: () => '',
    write: () => {},
  },
  'io.cost.qos': {
    controller: 'io',
    where: 'root',
    read: () => '',
    write: () => {},
  },

  'hugetlb.2MB.current': constant('hugetlb', '0\n', 'nonroot'),
  'hugetlb.2MB.events': constant('hugetlb', 'max 0\n', 'nonroot'),
  'hugetlb.2MB.events.local': constant('hugetlb', 'max 0\n', 'nonroot'),
  'hugetlb.2MB.max': kept('hugetlb.2MB.max', 'hugetlb', 'max\n', /^(max|\d+[kKmMgG]?)$/),
  'hugetlb.2MB.numa_stat': constant('hugetlb', 'total=0 N0=0\n', 'nonroot'),
  'hugetlb.2MB.rsvd.current': constant('hugetlb', '0\n', 'nonroot'),
  'hugetlb.2MB.rsvd.max': kept('hugetlb.2MB.rsvd.max', 'hugetlb', 'max\n', /^(max|\d+[kKmMgG]?)$/),
  'rdma.current': constant('rdma', '', 'nonroot'),
  'rdma.max': kept('rdma.max', 'rdma', '', /^\S+ \S+/),
  'misc.capacity': constant('misc', '', 'root'),
  'misc.current': constant('misc', '', 'nonroot'),
  'misc.events': constant('misc', '', 'nonroot'),
  'misc.max': kept('misc.max', 'misc', '', /^\S+ (max|\d+)$/),
}

/** Whether `file` is in the directory of `cg` at present. */
export function isPresent(file: CgroupFile, cg: Cgroup): boolean {
  if (file.where !== undefined && (file.where === 'root') !== (cg.parent === undefined)) return false
  return file.controller === undefined || cg.enabled(file.controller)
}
