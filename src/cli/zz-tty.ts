import fs from 'node:fs'
import { bareMachine } from '#cluster/bare.ts'
import { Simulation } from '#sim/simulation.ts'
const only = process.argv[2]
const d = JSON.parse(fs.readFileSync('/work/shared/golden/linux/14-interactive-bash.json', 'utf8'))
let pass = 0, total = 0
for (const s of d.steps) {
  if (only && !s.session.includes(only)) continue
  const sim = new Simulation({ seed: 1, start: Date.now() * 1000 })
  const machine = bareMachine(sim)
  sim.run({ until: sim.now + 60_000_000 })
  let out = ''
  const t = machine.kernel.openTerminal({ rows: 24, cols: 80 })
  t.onOutput((b: Uint8Array) => { out += Buffer.from(b).toString('utf8') })
  const files = [t.slave(), t.slave(), t.slave()]
  const shell = machine.kernel.spawn({ argv: s.argv, path: '/bin/bash', environ: ['HOME=/root', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm', 'PWD=/root'], cwd: '/root', uid: 0, gid: 0, files, prepare: (p: any) => p.setControllingTty(0), parent: machine.init } as any)
  sim.run({ until: sim.now + 3_000_000 })
  if (/tc\$|tc#/.test(s.prompt)) { t.write(new TextEncoder().encode('mkdir -p ~/lab/tc/dir1 ~/lab/tc/dir2; cd ~/lab/tc; touch alpha.txt alpine.log beta.txt "sp ace"\n')); sim.run({ until: sim.now + 3_000_000 }) }
  console.log('#### ' + s.session, JSON.stringify(out)); out = ''
  for (const e of s.exchange) {
    total++
    t.write(new TextEncoder().encode(e.send))
    sim.run({ until: sim.now + 2_500_000 })
    const n = (x: string) => x.replace(/\] \d+\r/g, '] N\r').replace(/ +\d\d\d+ /g, ' N ')
    if (n(out) === n(e.recv)) pass++
    else console.log(JSON.stringify(e.send) + '\n  want ' + JSON.stringify(e.recv).slice(0, 400) + '\n  got  ' + JSON.stringify(out).slice(0, 400))
    out = ''
  }
}
console.log(`PASS ${pass}/${total}`)
process.exit(0)
