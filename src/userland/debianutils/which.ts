import type { Program } from '#linux/syscalls.ts'
import { findInPath } from '#userland/lib/exec.ts'
import { say } from '#userland/lib/io.ts'

/** which(1), Debian's. */
export const which: Program = {
  name: 'debianutils/which.debianutils',
  *main(proc) {
    const args = proc.argv.slice(1)
    let all = false
    while (args[0] === '-a' || args[0] === '-s' || args[0] === '--') if (args.shift() === '-a') all = true
    if (args[0]?.startsWith('-')) {
      yield* say(proc, 2, `Illegal option ${args[0]}\nUsage: ${proc.argv[0] ?? 'which'} [-as] args\n`)
      return 2
    }
    if (args.length === 0) return 1
    let status = 0
    for (const name of args) {
      const found = findInPath(proc, name)
      if (found.length === 0) status = 1
      for (const path of all ? found : found.slice(0, 1)) yield* say(proc, 1, `${path}\n`)
    }
    return status
  },
}
