import type { Kernel } from '../kernel.ts'
import type { Process } from '../process/process.ts'
import { SIGNALS } from '../signal.ts'
import { type Cgroup, type MemoryEvents, UNLIMITED } from './cgroup.ts'

const PAGE = 4096

/** memory.current: everything charged to it and below, bytes. */
export function memoryUsage(cgroup: Cgroup): number {
  return cgroup.memory.anon + cgroup.memory.file + cgroup.memory.kernel
}

type Kind = 'anon' | 'file' | 'kernel'

function add(cgroup: Cgroup, kind: Kind, bytes: number): void {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    at.memory[kind] += bytes
    const usage = memoryUsage(at)
    if (usage > at.memory.peak) at.memory.peak = usage
  }
}

/** Counts an event in the group itself and, hierarchically, above. */
function event(cgroup: Cgroup, name: keyof MemoryEvents, count = 1): void {
  cgroup.memory.localEvents[name] += count
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    at.memory.events[name] += count
    at.changed.wakeAll()
  }
}

/** The lowest limit above that `bytes` more would exceed: the group and how much room it has. */
function tightest(cgroup: Cgroup, bytes: number, kernel: Kernel): { readonly group: Cgroup; readonly room: number } | undefined {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
    const max = at.parent === undefined ? kernel.memory.usable : at.enabled('memory') ? at.memory.max : UNLIMITED
    const room = max - memoryUsage(at)
    if (bytes > room) return { group: at, room: Math.max(0, Math.floor(room / PAGE) * PAGE) }
  }
  return undefined
}

/** Drops up to `need` bytes of page cache of a subtree; returns how much. */
export function reclaim(group: Cgroup, need: number): number {
  let done = 0
  for (const at of group.subtree()) {
    if (done >= need) break
    const drop = Math.min(at.ownFile, need - done)
    if (drop <= 0) continue
    at.ownFile -= drop
    add(at, 'file', -drop)
    done += drop
  }
  return done
}

/** Page cache of a file that a process of `cgroup` reads or writes first (bytes > 0), or that goes away (< 0). */
export function pageCache(cgroup: Cgroup, bytes: number): void {
  let change = bytes
  if (bytes < 0) change = -Math.min(cgroup.ownFile, -bytes)
  else {
    for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent) {
      const max = at.parent !== undefined && at.enabled('memory') ? at.memory.max : UNLIMITED
      const over = memoryUsage(at) + change - max
      if (over > 0) change -= Math.max(0, over - reclaim(at, over))
    }
  }
  if (change === 0) return
  cgroup.ownFile += change
  add(cgroup, 'file', change)
}

/**
 * Sets how much anonymous memory a process has. Growth is charged to its present cgroup; beyond a limit page cache is
 * reclaimed, then the OOM killer chooses, which may be the process itself (`p.dying`).
 */
export function chargeMemory(p: Process, bytes: number): void {
  let grow = bytes - p.anonBytes
  if (grow <= 0) {
    shrink(p, -grow)
    return
  }
  for (;;) {
    const limit = tightest(p.cgroup, grow, p.kernel)
    if (limit === undefined) break
    const { group, room } = limit
    event(group, 'max')
    const freed = reclaim(group, grow - room)
    if (freed >= grow - room) continue
    const part = Math.min(room + Math.floor(freed / PAGE) * PAGE, grow)
    take(p, part)
    grow -= part
    if (!outOfMemory(group, p) || p.dying !== undefined || p.exited) return
  }
  take(p, grow)
}

function take(p: Process, bytes: number): void {
  if (bytes <= 0) return
  p.anonBytes += bytes
  if (p.rssBytes > p.peakBytes) p.peakBytes = p.rssBytes
  p.charges.set(p.cgroup, (p.charges.get(p.cgroup) ?? 0) + bytes)
  add(p.cgroup, 'anon', bytes)
}

function shrink(p: Process, bytes: number): void {
  let left = bytes
  for (const [cgroup, charged] of [...p.charges].reverse()) {
    const part = Math.min(charged, left)
    add(cgroup, 'anon', -part)
    if (part === charged) p.charges.delete(cgroup)
    else p.charges.set(cgroup, charged - part)
    left -= part
    if (left === 0) break
  }
  p.anonBytes -= bytes - left
}

/** exit: all of it goes. */
export function unchargeMemory(p: Process): void {
  shrink(p, p.anonBytes)
  p.fileBytes = 0
}

/** memory.max was lowered: page cache goes first, then the OOM killer works until the rest fits. */
export function limitChanged(group: Cgroup, by: Process | undefined): void {
  for (;;) {
    const over = memoryUsage(group) - group.memory.max
    if (over <= 0) return
    if (reclaim(group, over) >= over) return
    const first = by ?? [...group.subtree()].flatMap((g) => [...g.procs])[0]
    if (first === undefined || !outOfMemory(group, first)) return
  }
}

/** Kernel memory (stacks, page tables) of one process. */
export function chargeKernel(cgroup: Cgroup, bytes: number): void {
  add(cgroup, 'kernel', bytes)
}

function badness(p: Process, total: number): number {
  return p.oomScoreAdj === -1000 || (p.isNamespaceInit && p.pidns.parent === undefined) ? -1 : p.rssBytes + (p.oomScoreAdj * total) / 1000
}

/**
 * mem_cgroup_out_of_memory() and out_of_memory(): kills the worst process of the group, or a whole group under
 * memory.oom.group. False when there is nothing left to kill.
 */
function outOfMemory(group: Cgroup, by: Process): boolean {
  const { kernel } = by
  const total = group.memory.max === UNLIMITED ? kernel.memory.total : group.memory.max
  const tasks: Process[] = []
  for (const at of group.subtree()) for (const p of at.procs) if (!p.exited && p.dying?.signal === undefined) tasks.push(p)
  tasks.sort((a, b) => a.globalPid - b.globalPid)
  let victim: Process | undefined
  for (const p of tasks) {
    const points = badness(p, total)
    if (points >= 0 && (victim === undefined || points >= badness(victim, total))) victim = p
  }
  event(group, 'oom')
  report(group, by, tasks)
  if (victim === undefined) return false
  const memcg = group.parent !== undefined
  const path = victim.cgroup.path
  kernel.klog(
    6,
    `oom-kill:constraint=${memcg ? 'CONSTRAINT_MEMCG' : 'CONSTRAINT_NONE'},nodemask=(null),cpuset=${memcg ? cpusetName(victim.cgroup) : '/'},mems_allowed=0,` +
      `${memcg ? `oom_memcg=${group.path}` : 'global_oom'},task_memcg=${path},task=${victim.comm},pid=${victim.globalPid},uid=${victim.cred.state.uid}`,
  )
  const oomGroup = groupToKill(victim.cgroup, group)
  const dead =
    oomGroup === undefined
      ? [victim]
      : [victim, ...[...oomGroup.subtree()].flatMap((g) => [...g.procs]).filter((p) => p !== victim && p.oomScoreAdj !== -1000)]
  if (oomGroup !== undefined) event(oomGroup, 'oom_group_kill')
  for (const [i, p] of dead.entries()) {
    if (i === 1 && oomGroup !== undefined) kernel.klog(6, `Tasks in ${oomGroup.path} are going to be killed due to memory.oom.group set`)
    event(p.cgroup, 'oom_kill')
    kernel.klog(3, killedLine(memcg ? 'Memory cgroup out of memory' : 'Out of memory', p))
    kernel.oomKills++
    p.die({ signal: SIGNALS.KILL })
  }
  return true
}

/** The topmost group between the victim's and the one out of memory that wants to die as a whole. */
function groupToKill(from: Cgroup, upTo: Cgroup): Cgroup | undefined {
  let found: Cgroup | undefined
  for (let at: Cgroup | undefined = from; at !== undefined; at = at.parent) {
    if (at.memory.oomGroup) found = at
    if (at === upTo) break
  }
  return found
}

function cpusetName(cgroup: Cgroup): string {
  for (let at: Cgroup | undefined = cgroup; at !== undefined; at = at.parent)
    if (at.parent !== undefined && at.enabled('cpuset')) return at.name
  return '/'
}

const kB = (bytes: number): string => `${Math.floor(bytes / 1024)}kB`

function killedLine(head: string, p: Process): string {
  return (
    `${head}: Killed process ${p.globalPid} (${p.comm}) total-vm:${kB(p.vmBytes)}, anon-rss:${kB(p.anonBytes)}, file-rss:${kB(p.fileBytes)}, ` +
    `shmem-rss:0kB, UID:${p.cred.state.uid} pgtables:${kB(pageTables(p))} oom_score_adj:${p.oomScoreAdj}`
  )
}

export function pageTables(p: Process): number {
  return 45_056 + Math.floor(p.rssBytes / 2_097_152) * PAGE
}

function report(group: Cgroup, by: Process, tasks: readonly Process[]): void {
  const { kernel } = by
  const line = (text: string): void => kernel.klog(6, text)
  kernel.klog(4, `${by.comm} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=${by.oomScoreAdj}`)
  if (group.parent !== undefined) {
    const usage = memoryUsage(group)
    line(
      `memory: usage ${kB(usage)}, limit ${group.memory.max === UNLIMITED ? '9007199254740988kB' : kB(group.memory.max)}, failcnt ${group.memory.events.max}`,
    )
    line(`swap: usage 0kB, limit ${group.memory.swapMax === UNLIMITED ? '9007199254740988kB' : kB(group.memory.swapMax)}, failcnt 0`)
    line(`Memory cgroup stats for ${group.path}:`)
  }
  line('Tasks state (memory values in pages):')
  line('[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name')
  for (const p of tasks) {
    const pad = (n: number, width: number): string => String(n).padStart(width)
    line(
      `[${pad(p.globalPid, 7)}] ${pad(p.cred.state.uid, 5)} ${pad(p.globalPid, 5)} ${pad(Math.floor(p.vmBytes / PAGE), 8)} ${pad(Math.floor(p.rssBytes / PAGE), 8)} ` +
        `${pad(pageTables(p), 8)} ${pad(0, 8)} ${pad(p.oomScoreAdj, 13)} ${p.comm}`,
    )
  }
}
