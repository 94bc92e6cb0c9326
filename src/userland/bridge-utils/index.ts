import { Errno, strerror } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'

/** brctl(8), which bridge(8) and ip(8) have replaced. */
const brctl: Program = {
  name: 'bridge-utils/brctl',
  *main(proc) {
    const [command, bridge = '', port = ''] = proc.argv.slice(1)
    const { net } = proc
    try {
      if (command === 'show') {
        let out = 'bridge name\tbridge id\t\tSTP enabled\tinterfaces\n'
        for (const b of net.links().filter((l) => l.kind === 'bridge' && (bridge === '' || l.name === bridge))) {
          const ports = net.links().filter((l) => l.master === b.name)
          out += `${b.name}\t\t8000.${b.mac.replaceAll(':', '')}\tno\t\t${ports.map((p) => p.name).join('\n\t\t\t\t\t\t\t')}\n`
        }
        yield* say(proc, 1, out)
      } else if (command === 'addbr') net.addLink({ name: bridge, kind: 'bridge' })
      else if (command === 'delbr') net.deleteLink(bridge)
      else if (command === 'addif') net.setLink(port, { master: bridge })
      else if (command === 'delif') net.setLink(port, { master: null })
      else {
        yield* say(proc, 2, command === undefined ? 'Usage: brctl [commands]\n' : `podlab: brctl ${command} is not modelled\n`)
        return 1
      }
      return 0
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const what =
        error.code === 'EEXIST'
          ? `device ${bridge} already exists; can't create bridge with the same name`
          : error.code === 'ENODEV'
            ? `interface ${port} does not exist!`
            : strerror(error)
      yield* say(proc, 2, `${what}\n`)
      return 1
    }
  },
}

export const programs: readonly Program[] = [brctl]
