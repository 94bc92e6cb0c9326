import { Errno } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { SECOND } from '#sim/time.ts'
import { slurp } from '#userland/lib/io.ts'
import { parseUnit } from './unit.ts'

/** systemd-udevd: /bin/udevadm under another name. */
export const udevadm: Program = {
  name: 'systemd/udevadm',
  *main(proc) {
    if (!(proc.argv[0] ?? '').endsWith('systemd-udevd')) return 0
    proc.setMemory(1_500_000)
    for (;;) yield* proc.nanosleep(1_000_000_000 * SECOND)
  },
}

/** systemd-networkd: brings up loopback and what /etc/systemd/network/*.network match by name. Source: systemd.network(5). */
export const networkd: Program = {
  name: 'systemd/systemd-networkd',
  *main(proc) {
    proc.setMemory(2_500_000)
    let names: string[] = []
    try {
      proc.net.setLink('lo', { up: true })
      names = proc.readdir('/etc/systemd/network').map((e) => e.name)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
    }
    for (const name of names.filter((n) => n.endsWith('.network')).sort()) {
      const unit = parseUnit((yield* slurp(proc, `/etc/systemd/network/${name}`)) ?? '')
      const dev = unit.get('Match')?.get('Name')?.[0]
      if (dev === undefined) continue
      try {
        for (const address of unit.get('Network')?.get('Address') ?? []) {
          const [ip = '', prefix = '24'] = address.split('/')
          proc.net.addAddress(dev, ip, Number(prefix), {})
        }
        proc.net.setLink(dev, { up: true })
        for (const via of unit.get('Network')?.get('Gateway') ?? []) proc.net.addRoute({ dst: 'default', via, dev, proto: 'static' })
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
    for (;;) yield* proc.nanosleep(1_000_000_000 * SECOND)
  },
}
