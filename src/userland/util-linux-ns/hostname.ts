import { Errno } from '#linux/errno.ts'
import { decode } from '#sim/bytes.ts'
import { readFile, say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'

/** hostname(1) of Debian's package hostname. */
export const hostname = defineProgram({
  name: 'hostname/hostname',
  usage: '[-b] {hostname|-F file}         set host name (from file)\n[-a|-A|-d|-f|-i|-I|-s|-y]       display formatted name',
  short: 'aAbdfF:iIsy',
  long: 'alias:a all-fqdns:A boot:b domain:d fqdn:f long:f file=:F ip-address:i all-ip-addresses:I short:s yp:y nis:y',
  *run(ctx) {
    const { proc } = ctx
    const file = ctx.value('F')
    let name = ctx.operands[0]
    if (file !== undefined) {
      try {
        name = decode(yield* readFile(proc, file))
          .split('\n')
          .map((line) => line.trim())
          .find((line) => line !== '' && !line.startsWith('#'))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die("can't open `" + file + "'")
      }
    }
    if (name !== undefined) {
      if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name) || name.length > 64)
        return yield* ctx.die('the specified hostname is invalid')
      try {
        proc.sethostname(name)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, 'hostname: you must be root to change the host name\n')
        return 1
      }
      return 0
    }
    const node = proc.uname().nodename
    if (ctx.has('I')) {
      const addresses = proc.net.addresses().filter((a) => a.scope === 'global')
      ctx.out.put(`${addresses.map((a) => `${a.address} `).join('')}\n`)
    } else if (ctx.has('i')) {
      const own = proc.net.addresses().find((a) => a.scope === 'global' && a.family === 'inet')
      ctx.out.put(`${own?.address ?? '127.0.1.1'}\n`)
    } else if (ctx.has('d')) ctx.out.put(node.includes('.') ? `${node.slice(node.indexOf('.') + 1)}\n` : '\n')
    else if (ctx.has('s')) ctx.out.put(`${node.split('.')[0]}\n`)
    else if (ctx.has('y')) return yield* ctx.die('Local domain name not set')
    else ctx.out.put(`${node}\n`)
    return 0
  },
})
