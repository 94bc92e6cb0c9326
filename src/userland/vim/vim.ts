import type { Program } from '#linux/syscalls.ts'
import { say } from '../lib/io.ts'
import { baseName } from '../lib/program.ts'

const VERSION =
  'VIM - Vi IMproved 9.0 (2022 Jun 28, compiled Feb 16 2025 05:23:41)\nIncluded patches: 1-1378, 1499, 1531-1532, 1572, 1763, 1846\nModified by team+vim@tracker.debian.org\n'

function vim(name: string): Program {
  return {
    name,
    *main(proc) {
      if (proc.argv[1] === '--version') {
        yield* say(proc, 1, VERSION)
        return 0
      }
      yield* say(proc, 2, `podlab: ${baseName(proc.argv[0] ?? 'vim').replace(/\..*/, '')} is not modelled yet\n`)
      return 1
    },
  }
}

/** vim(1): its version; no editor is modelled. */
export const vimPrograms: readonly Program[] = [vim('vim/vim.basic'), vim('vim/vim.tiny')]
