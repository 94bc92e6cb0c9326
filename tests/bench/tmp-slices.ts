import { boot, bash } from '../book/world.ts'
const cpu = () => { const u = process.threadCpuUsage(); return (u.user + u.system) / 1000 }
const w = boot('kind', 1)
const { sim } = w
const machine = w.cluster.machine('laptop')!
const { name, uid, home } = machine.user
machine.kernel.spawn({ path: '/bin/bash', argv: ['bash', '-c', `kubectl create deployment crowd --image=nginx --replicas=300`], environ: [`HOME=${home}`, 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], cwd: home, uid, gid: uid, parent: machine.init! })
const win = new Map<number, number>(), cnt = new Map<number, number>()
const long: [number, number, number][] = []
const start = performance.now()
const t0 = sim.now
const until = sim.now + 60_000_000
let n = 0
const one = Number(process.argv[2] ?? 1)
let total = 0
const perSec = new Map<number, number>()
while (sim.now < until) {
  const s = cpu()
  const r = sim.run({ until, events: one })
  const d = cpu() - s
  total += d
  const w1 = Math.floor((sim.now - t0) / 1000); win.set(w1, (win.get(w1) ?? 0) + d); cnt.set(w1, (cnt.get(w1) ?? 0) + 1)
  const sec = Math.floor((sim.now - t0) / 1e6)
  perSec.set(sec, (perSec.get(sec) ?? 0) + d)
  if (d > 12) { long.push([Math.round(d), (sim.now - t0) / 1e6, n]); }
  n++
  if (r !== 'stopped') break
}
console.log('total', total, 'ms for', (sim.now - t0) / 1e6, 's', n, 'batches', sim.events)
console.log([...perSec].map(([a, b]) => `${a}:${Math.round(b)}`).join(' '))
console.log(long.sort((a, b) => b[0] - a[0]).slice(0, 40).map((l) => l.join('/')).join('  '), long.length)

console.log([...win].sort((a, b) => b[1] - a[1]).slice(0, 25).map(([k, v]) => `${k}ms:${v.toFixed(0)}cpu/${cnt.get(k)}ev`).join('  '))
