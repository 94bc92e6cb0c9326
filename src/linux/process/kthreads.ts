import type { Kernel } from '../kernel.ts'

/** Kernel threads of a Debian machine with two CPUs and one virtio disk: name, and nice value of those that have one. */
const THREADS: readonly (readonly [name: string, nice?: number])[] = [
  ['rcu_gp', -20],
  ['rcu_par_gp', -20],
  ['slub_flushwq', -20],
  ['netns', -20],
  ['kworker/0:0H-events_highpri', -20],
  ['mm_percpu_wq', -20],
  ['rcu_tasks_kthread'],
  ['rcu_tasks_rude_kthread'],
  ['rcu_tasks_trace_kthread'],
  ['ksoftirqd/0'],
  ['rcu_preempt'],
  ['migration/0'],
  ['cpuhp/0'],
  ['cpuhp/1'],
  ['migration/1'],
  ['ksoftirqd/1'],
  ['kworker/1:0H-events_highpri', -20],
  ['kdevtmpfs'],
  ['inet_frag_wq', -20],
  ['kauditd'],
  ['khungtaskd'],
  ['oom_reaper'],
  ['writeback', -20],
  ['kcompactd0'],
  ['ksmd', 5],
  ['khugepaged', 19],
  ['kintegrityd', -20],
  ['kblockd', -20],
  ['blkcg_punt_bio', -20],
  ['kworker/1:1H-kblockd', -20],
  ['kswapd0'],
  ['kthrotld', -20],
  ['mld', -20],
  ['ipv6_addrconf', -20],
  ['jbd2/vda-8'],
  ['ext4-rsv-conver', -20],
  ['hwrng'],
]

/** Those that are shown as idle (I): workqueues and RCU. The others sleep (S). */
export const IDLE_KTHREADS =
  /^(rcu_|slub_|netns|kworker|mm_percpu|inet_frag|writeback|kintegrityd|kblockd|blkcg|kthrotld|mld|ipv6_addrconf|ext4-rsv)/

/** kthreadd and what it starts, right after PID 1. */
export function startKernelThreads(kernel: Kernel): void {
  const kthreadd = kernel.kernelThread('kthreadd')
  for (const [name, nice] of THREADS) kernel.kernelThread(name, kthreadd, nice)
}
