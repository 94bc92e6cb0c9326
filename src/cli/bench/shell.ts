import { spawnSync } from 'node:child_process'
import { bareMachine } from '#cluster/bare.ts'
import { SECOND } from '#sim/time.ts'
import { program } from '#userland/programs.ts'
import { fresh, measure, type Row } from './measure.ts'

const SCRIPTS: Readonly<Record<string, string>> = {
  'loop of 100,000': 'for ((i = 0; i < 100000; i++)); do :; done',
  'pipeline of 10 MB': 'head -c 10485760 /dev/zero | tr "\\0" x | wc -c',
  'find /': 'find / -xdev 2>/dev/null | wc -l',
  '1,000 processes': 'for i in {1..1000}; do /bin/true; done',
}

/** Bash and its programs on the bare machine, with the CPU seconds of the host's own bash beside them, where there is one. */
export function shell(): Row[] {
  return Object.entries(SCRIPTS).map(([what, script]) => {
    const sim = fresh()
    const machine = bareMachine(sim, program)
    sim.run({ until: sim.now + 60 * SECOND })
    const figures = measure(() => {
      const bash = machine.kernel.spawn({
        path: '/bin/bash',
        argv: ['bash', '-c', `{ ${script}; } >/dev/null`],
        environ: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root'],
        cwd: '/root',
      })
      sim.run({ stop: () => bash.exited })
    })
    return { name: 'shell', what, ...figures, realBashCpuSeconds: realBash(script) ?? 'none' }
  })
}

/** CPU seconds that the host's bash needs for a script, its children included. */
function realBash(script: string): number | undefined {
  const timed = `TIMEFORMAT='%U %S'; time { ${script}; } >/dev/null`
  const { stderr, status } = spawnSync('bash', ['-c', timed], { encoding: 'utf8', env: { PATH: process.env.PATH } })
  const times = /([\d.]+) ([\d.]+)\s*$/.exec(stderr ?? '')
  return status === 0 && times !== null ? Math.round((Number(times[1]) + Number(times[2])) * 1000) / 1000 : undefined
}
