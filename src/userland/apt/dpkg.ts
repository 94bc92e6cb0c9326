import type { Program } from '#linux/syscalls.ts'
import { globToRegExp } from '../lib/glob.ts'
import { say } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { filesOf, installed } from './database.ts'

/** dpkg(1), dpkg-query(1): what is installed. Differs: archives can't be unpacked, removing is apt-get's. */
const definition = {
  short: 'l::L:S:s:i:W::f:r:P:',
  long: 'list=?:l listfiles=:L search=:S status=:s install=:i show=?:W showformat=:f print-architecture get-selections remove=:r purge=:P configure',
  usageStatus: 2,
  tryHelp: false,
} as const

function make(name: string): Program {
  return defineProgram({
    name,
    ...definition,
    *run(ctx) {
      const { proc, opts } = ctx
      const all = yield* installed(proc)
      const names = [...all.keys()].sort()
      const word = (key: string): string[] => [...opts.values(key).filter((v) => v !== ''), ...ctx.operands]
      const none = function* (pattern: string) {
        yield* ctx.out.flush()
        yield* say(proc, 2, `dpkg-query: no packages found matching ${pattern}\n`)
        ctx.status = 1
      }
      if (opts.has('print-architecture')) yield* say(proc, 1, 'amd64\n')
      else if (opts.has('get-selections')) for (const n of names) ctx.out.put(`${n.padEnd(48).replace(/ {8}/g, '\t').trimEnd()}\tinstall\n`)
      else if (opts.has('l', 'W')) {
        const patterns = word(opts.has('l') ? 'l' : 'W')
        let chosen = patterns.length === 0 ? names : []
        for (const pattern of patterns) {
          const test = globToRegExp(pattern)
          const hits = names.filter((n) => test.test(n))
          if (hits.length === 0) yield* none(pattern)
          chosen = [...chosen, ...hits]
        }
        const rows = chosen.map((n) => {
          const p = all.get(n)
          return [n, p?.get('Version') ?? '', p?.get('Architecture') ?? '', (p?.get('Description') ?? '').split('\n')[0] ?? '']
        })
        if (opts.has('W')) {
          for (const [n, v] of rows) {
            const text = opts.value('f')
            const fields = all.get(n ?? '')
            ctx.out.put(
              text === undefined
                ? `${n}\t${v}\n`
                : text
                    .replace(/\$\{([\w-]+)\}/g, (_, k: string) => fields?.get(k) ?? '')
                    .replaceAll('\\n', '\n')
                    .replaceAll('\\t', '\t'),
            )
          }
        } else if (rows.length > 0) {
          const least = [14, 12, 12, 33]
          const w = least.map((n, c) => Math.max(n, ...rows.map((r) => (r[c] ?? '').length)))
          ctx.out.put(
            'Desired=Unknown/Install/Remove/Purge/Hold\n| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n',
          )
          const line = (mark: string, cells: readonly string[]): string =>
            `${mark} ${cells.map((c, i) => (i === 3 ? c : c.padEnd(w[i] ?? 0))).join(' ')}\n`
          ctx.out.put(line('||/', ['Name', 'Version', 'Architecture', 'Description']))
          ctx.out.put(`+++-${w.map((n) => '='.repeat(n)).join('-')}\n`)
          for (const row of rows) ctx.out.put(line('ii ', row))
        }
      } else if (opts.has('L')) {
        for (const n of word('L')) {
          if (!all.has(n)) {
            yield* say(
              proc,
              2,
              `dpkg-query: package '${n}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n`,
            )
            ctx.status = 1
          } else for (const f of yield* filesOf(proc, n)) ctx.out.put(`${f}\n`)
        }
      } else if (opts.has('S')) {
        for (const pattern of word('S')) {
          let found = false
          for (const n of names) {
            for (const f of yield* filesOf(proc, n)) {
              if (pattern.startsWith('/') ? f !== pattern : !f.includes(pattern)) continue
              ctx.out.put(`${n}: ${f}\n`)
              found = true
            }
          }
          if (!found) {
            yield* say(proc, 2, `dpkg-query: no path found matching pattern ${pattern}\n`)
            ctx.status = 1
          }
        }
      } else if (opts.has('s')) {
        for (const n of word('s')) {
          const p = all.get(n)
          if (p === undefined) {
            yield* say(
              proc,
              2,
              `dpkg-query: package '${n}' is not installed and no information is available\nUse dpkg --info (= dpkg-deb --info) to examine archive files.\n`,
            )
            ctx.status = 1
          } else
            ctx.out.put(
              `${[...p]
                .filter(([k]) => k !== 'Auto-Installed')
                .map(([k, v]) => `${k}: ${v}\n`)
                .join('')}\n`,
            )
        }
      } else if (opts.has('i')) {
        const archive = word('i')[0] ?? ''
        if (!proc.access(archive, '')) {
          yield* say(proc, 2, `dpkg: error: cannot access archive '${archive}': No such file or directory\n`)
          return 2
        }
        return yield* ctx.notModelled('-i')
      } else if (opts.has('r', 'P')) return yield* ctx.notModelled('-r')
      else {
        yield* say(
          proc,
          2,
          "dpkg: error: need an action option\n\nType dpkg --help for help about installing and deinstalling packages [*];\nUse 'apt' or 'aptitude' for user-friendly package management;\n",
        )
        return 2
      }
      return ctx.status
    },
  })
}

export const dpkg: readonly Program[] = [make('dpkg/dpkg'), make('dpkg/dpkg-query')]
