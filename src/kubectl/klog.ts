import type { Proc } from '#linux/syscalls.ts'
import { civil, DAY } from '#sim/time.ts'

/** klog's line head: `I1123 00:24:00.674764   18988`. */
export function klogHeader(proc: Proc, severity = 'I'): string {
  const seconds = Math.floor(proc.now() / 1_000_000)
  const two = (n: number): string => String(n).padStart(2, '0')
  const day = Math.floor(seconds / 86_400)
  const clock = seconds - day * 86_400
  const date = monthDay(day)
  const micros = String(proc.now() % 1_000_000).padStart(6, '0')
  return `${severity}${date} ${two(Math.floor(clock / 3600))}:${two(Math.floor(clock / 60) % 60)}:${two(clock % 60)}.${micros} ${String(proc.pid).padStart(7)}`
}

function monthDay(day: number): string {
  const c = civil(day * DAY)
  return `${String(c.month).padStart(2, '0')}${String(c.day).padStart(2, '0')}`
}
