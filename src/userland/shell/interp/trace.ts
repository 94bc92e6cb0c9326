import { encode } from '#sim/bytes.ts'
import { quotedWord } from '../prompt.ts'
import type { Run } from './flow.ts'
import type { Shell } from './shell.ts'

/** Prints an xtrace line: PS4 (its first character once per level of indirection), then the command. */
export function* trace(sh: Shell, text: string): Run<void> {
  const prefix = yield* tracePrefix(sh)
  const fd = Number(sh.get('BASH_XTRACEFD') ?? 2)
  yield* sh.flush()
  if (fd === 2) {
    sh.err(`${prefix}${text}\n`)
    yield* sh.flush()
  } else yield* sh.proc.write(fd, encode(`${prefix}${text}\n`))
}

function* tracePrefix(sh: Shell): Run<string> {
  const ps4 = sh.get('PS4') ?? (sh.isDash ? '+ ' : '+ ')
  if (ps4 === '') return ''
  let text = ps4
  if (/[$`\\]/.test(ps4)) {
    const xtrace = sh.options.xtrace
    sh.options.xtrace = false
    try {
      const word = quotedWord(sh, ps4)
      text = sh.promptText(yield* sh.expander.settle(() => sh.expander.quotedText(word)))
    } finally {
      sh.options.xtrace = xtrace
    }
  }
  return text.charAt(0).repeat(1 + sh.traceLevel) + text.slice(1)
}
