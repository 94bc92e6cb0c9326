import { defineProgram } from '#userland/lib/program.ts'
import { quote, quoteaf } from '#userland/lib/quote.ts'
import { ask, lastPart, lstatOf } from './copy.ts'
import { type RemoveOptions, remove } from './remove.ts'

/** rm(1) */
export const rm = defineProgram({
  name: 'coreutils/rm',
  usage: '[OPTION]... [FILE]...',
  short: 'dfirvIR',
  long: 'force:f interactive=? one-file-system no-preserve-root preserve-root=? recursive:r dir:d verbose:v',
  *run(ctx) {
    let force = false
    let prompt: RemoveOptions['prompt'] = 'sometimes'
    let once = false
    for (const { name, value = '' } of ctx.opts.list) {
      if (name === 'f') [force, prompt, once] = [true, 'never', false]
      else if (name === 'i') [force, prompt, once] = [false, 'always', false]
      else if (name === 'I') [force, prompt, once] = [false, 'sometimes', true]
      else if (name === 'interactive') {
        if (value === '' || value === 'always' || value === 'yes') prompt = 'always'
        else if (value === 'once') once = true
        else if (value === 'never' || value === 'no' || value === 'none') prompt = 'never'
        else return yield* ctx.usage(`invalid argument ${quote(value)} for ${quote('--interactive')}`)
      }
    }
    const recursive = ctx.has('r', 'R')
    if (ctx.operands.length === 0) {
      if (force) return 0
      return yield* ctx.usage('missing operand')
    }
    if (once && (recursive || ctx.operands.length > 3)) {
      const n = ctx.operands.length
      if (!(yield* ask(ctx, `remove ${n} argument${n === 1 ? '' : 's'}${recursive ? ' recursively' : ''}? `))) return 0
    }
    const root = lstatOf(ctx, '/')
    for (const path of ctx.operands) {
      const last = lastPart(path)
      if (recursive && (last === '.' || last === '..')) {
        yield* ctx.warn(`refusing to remove ${quoteaf('.')} or ${quoteaf('..')} directory: skipping ${quoteaf(path)}`)
        continue
      }
      const stat = lstatOf(ctx, path)
      if (recursive && !ctx.has('no-preserve-root') && root !== undefined && stat?.ino === root.ino && stat.dev === root.dev) {
        yield* ctx.warn(
          path === '/'
            ? `it is dangerous to operate recursively on ${quoteaf('/')}`
            : `it is dangerous to operate recursively on ${quoteaf(path)} (same as ${quoteaf('/')})`,
        )
        yield* ctx.warn('use --no-preserve-root to override this failsafe')
        continue
      }
      const ok = yield* remove(ctx, path, {
        recursive,
        force,
        prompt,
        verbose: ctx.has('v'),
        emptyDirs: ctx.has('d'),
        oneFileSystem: ctx.has('one-file-system'),
      })
      if (!ok && ctx.status === 0 && prompt === 'never') ctx.status = 1
      yield* ctx.out.drain()
    }
    return ctx.status
  },
})
