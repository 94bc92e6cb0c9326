import { Errno, strerror } from '#linux/errno.ts'
import { slurp } from '#userland/lib/io.ts'
import { defineProgram } from '#userland/lib/program.ts'

/** hostname(1), and domainname(1) and its siblings by name. */
export const hostname = defineProgram({
  name: 'hostname/hostname',
  usage: '[-b] {hostname|-F file}\n[-a|-A|-d|-f|-i|-I|-s|-y]',
  short: 'aAbdfF:iIsyvVh',
  long: 'alias:a all-fqdns:A boot:b domain:d fqdn:f long:f file=:F ip-address:i all-ip-addresses:I short:s yp:y nis:y',
  *run(ctx) {
    const { proc } = ctx
    const name = proc.uname().nodename
    const base = ctx.prog.slice(ctx.prog.lastIndexOf('/') + 1)
    const file = ctx.value('F')
    const wanted =
      file === undefined ? ctx.operands[0] : ((yield* slurp(proc, file)) ?? '').split('\n').find((l) => l !== '' && !l.startsWith('#'))
    if (wanted !== undefined) {
      try {
        proc.sethostname(wanted.trim())
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(error.code === 'EPERM' ? 'you must be root to change the host name' : `sethostname: ${strerror(error)}`)
      }
      return 0
    }
    if (base !== 'hostname' && base !== 'dnsdomainname') ctx.out.put(`${proc.uname().domainname}\n`)
    else if (base === 'dnsdomainname' || ctx.has('d')) ctx.out.put(name.includes('.') ? `${name.slice(name.indexOf('.') + 1)}\n` : '')
    else if (ctx.has('I'))
      ctx.out.put(
        `${proc.net
          .addresses()
          .filter((a) => a.family === 'inet' && a.scope === 'global')
          .map((a) => `${a.address} `)
          .join('')}\n`,
      )
    else if (ctx.has('i')) {
      const hosts = (yield* slurp(proc, '/etc/hosts')) ?? ''
      const line = hosts.split('\n').find((l) => l.split(/\s+/).slice(1).includes(name))
      if (line === undefined) return yield* ctx.die('Name or service not known')
      ctx.out.put(`${line.split(/\s+/)[0]}\n`)
    } else if (ctx.has('s')) ctx.out.put(`${name.split('.')[0]}\n`)
    else ctx.out.put(`${name}\n`)
    return 0
  },
})
