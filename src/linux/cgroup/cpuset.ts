import { Errno } from '../errno.ts'
import type { Cgroup } from './cgroup.ts'

/** A list as in cpuset(7), "List format": `0-2,5`. Undefined when empty; EINVAL for no list, ERANGE beyond what a kernel knows. */
export function cpuList(text: string, cpus: number): readonly number[] | undefined {
  if (text === '') return undefined
  const out = new Set<number>()
  for (const part of text.split(',')) {
    const m = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    if (m === null) throw new Errno('EINVAL')
    const from = Number(m[1])
    const to = m[2] === undefined ? from : Number(m[2])
    if (from > to) throw new Errno('EINVAL')
    if (to >= Math.max(cpus, MIN_CPU_IDS)) throw new Errno('ERANGE')
    for (let n = from; n <= to; n++) out.add(n)
  }
  return [...out].sort((a, b) => a - b)
}

/** nr_cpu_ids of a small machine: a list may name CPUs up to here. */
const MIN_CPU_IDS = 2

/** `0-2,5`. */
export function formatCpus(cpus: readonly number[]): string {
  const parts: string[] = []
  for (let i = 0; i < cpus.length; ) {
    let j = i
    while (j + 1 < cpus.length && cpus[j + 1] === (cpus[j] as number) + 1) j++
    parts.push(i === j ? `${cpus[i]}` : `${cpus[i]}-${cpus[j]}`)
    i = j + 1
  }
  return parts.join(',')
}

/** cpuset.cpus.effective: its own within its parent's; the parent's when nothing is left. */
export function effectiveCpus(cgroup: Cgroup): readonly number[] {
  const above = cgroup.parent === undefined ? Array.from({ length: cgroup.root.cpus }, (_, n) => n) : effectiveCpus(cgroup.parent)
  if (cgroup.cpuset === undefined || !cgroup.enabled('cpuset')) return above
  const own = cgroup.cpuset.filter((n) => above.includes(n))
  return own.length > 0 ? own : above
}
