import { Errno } from '#linux/errno.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { type Alternative, alternativeText, type Choice, parseAlternative } from '../debian/alternatives.ts'
import { say, slurp, writeFile } from '../lib/io.ts'

const ADMIN = '/var/lib/dpkg/alternatives'
const LINKS = '/etc/alternatives'
const ACTIONS =
  '--display, --query, --list, --get-selections, --config, --set, --set-selections, --install, --remove, --all, --remove-all or --auto'

const HELP = `Usage: update-alternatives [<option> ...] <command>

Commands:
  --display <name>         display information about the <name> group.
  --query <name>           machine parseable version of --display <name>.
  --list <name>            display all targets of the <name> group.
  --get-selections         list master alternative names and their status.
  --set <name> <path>      set <path> as alternative for <name>.
  --auto <name>            switch the master link <name> to automatic mode.
  --help                   show this help message.
  --version                show the version.

<name> is the master name for this link group.
<path> is the location of one of the alternative target files.
`

function* fail(proc: Proc, text: string): Sim<number> {
  yield* say(proc, 2, `update-alternatives: error: ${text}\n`)
  return 2
}

function* read(proc: Proc, name: string): Sim<Alternative | undefined> {
  const text = /^[^/]+$/.test(name) ? yield* slurp(proc, `${ADMIN}/${name}`) : undefined
  return text === undefined ? undefined : parseAlternative(name, text)
}

/** What the link points to at present. */
function current(proc: Proc, a: Alternative): string | undefined {
  try {
    return proc.readlink(`${LINKS}/${a.name}`)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return undefined
  }
}

/** The choice of automatic mode: the highest priority. */
function best(a: Alternative): Choice | undefined {
  return a.choices.reduce<Choice | undefined>((top, c) => (top === undefined || c.priority > top.priority ? c : top), undefined)
}

function slaves(of: Readonly<Record<string, string>>): string {
  const names = Object.keys(of).sort()
  return `Slaves:\n${names.map((n) => ` ${n} ${of[n]}\n`).join('')}`
}

function query(proc: Proc, a: Alternative): string {
  const some = Object.keys(a.slaves).length > 0
  const head = `Name: ${a.name}\nLink: ${a.link}\n${some ? slaves(a.slaves) : ''}Status: ${a.status}\n`
  const chosen = `${best(a) === undefined ? '' : `Best: ${best(a)?.path}\n`}Value: ${current(proc, a) ?? 'none'}\n`
  const each = a.choices.map(
    (c) => `\nAlternative: ${c.path}\nPriority: ${c.priority}\n${Object.keys(c.slaves).length > 0 ? slaves(c.slaves) : ''}`,
  )
  return head + chosen + each.join('')
}

function display(proc: Proc, a: Alternative): string {
  const now = current(proc, a)
  const lines = [`${a.name} - ${a.status} mode`, `  link best version is ${best(a)?.path}`]
  lines.push(now === undefined ? '  link currently absent' : `  link currently points to ${now}`, `  link ${a.name} is ${a.link}`)
  for (const name of Object.keys(a.slaves).sort()) lines.push(`  slave ${name} is ${a.slaves[name]}`)
  for (const c of a.choices) {
    lines.push(`${c.path} - priority ${c.priority}`)
    for (const name of Object.keys(c.slaves).sort()) lines.push(`  slave ${name}: ${c.slaves[name]}`)
  }
  return `${lines.join('\n')}\n`
}

function relink(proc: Proc, name: string, target: string): void {
  const path = `${LINKS}/${name}`
  proc.symlink(target, `${path}.dpkg-tmp`)
  proc.rename(`${path}.dpkg-tmp`, path)
}

/** Points the links at a choice and writes the mode down. */
function* choose(proc: Proc, a: Alternative, c: Choice, status: Alternative['status']): Sim<number> {
  try {
    if (current(proc, a) !== c.path) {
      yield* say(proc, 1, `update-alternatives: using ${c.path} to provide ${a.link} (${a.name}) in ${status} mode\n`)
      relink(proc, a.name, c.path)
      for (const name of Object.keys(a.slaves)) if (c.slaves[name] !== undefined) relink(proc, name, c.slaves[name])
    }
    yield* writeFile(proc, `${ADMIN}/${a.name}`, alternativeText({ ...a, status }))
    return 0
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return yield* fail(proc, `error creating symbolic link '${LINKS}/${a.name}.dpkg-tmp': Permission denied`)
  }
}

function* selections(proc: Proc): Sim<number> {
  const names = proc
    .readdir(ADMIN)
    .map((e) => e.name)
    .filter((n) => !n.startsWith('.'))
    .sort()
  for (const name of names) {
    const a = yield* read(proc, name)
    if (a !== undefined) yield* say(proc, 1, `${name.padEnd(30)} ${a.status.padEnd(8)} ${current(proc, a) ?? ''}\n`)
  }
  return 0
}

/** update-alternatives(1). Differs: nothing can be installed or removed; links of pages have no files. */
export const updateAlternatives: Program = {
  name: 'dpkg/update-alternatives',
  *main(proc) {
    const words = proc.argv.slice(1).filter((w) => !['--quiet', '--verbose', '--force', '--skip-auto'].includes(w))
    const [action, name, path] = words
    if (action === undefined) {
      yield* fail(proc, `need ${ACTIONS}\n\nUse 'update-alternatives --help' for program usage information.`)
      return 2
    }
    if (action === '--help') {
      yield* say(proc, 1, HELP)
      return 0
    }
    if (action === '--version') {
      yield* say(proc, 1, 'Debian update-alternatives version 1.21.22.\n')
      return 0
    }
    if (action === '--get-selections') return yield* selections(proc)
    if (['--config', '--all', '--install', '--remove', '--remove-all', '--set-selections'].includes(action)) {
      yield* say(proc, 2, `podlab: update-alternatives ${action} is not modelled\n`)
      return 1
    }
    if (!['--display', '--query', '--list', '--set', '--auto'].includes(action))
      return yield* fail(proc, `unknown option '${action}'\n\nUse 'update-alternatives --help' for program usage information.`)
    if (name === undefined || (action === '--set' && path === undefined))
      return yield* fail(
        proc,
        `${action} needs ${action === '--set' ? '<name> <path>' : '<name>'}\n\nUse 'update-alternatives --help' for program usage information.`,
      )
    const a = yield* read(proc, name)
    if (a === undefined) return yield* fail(proc, `no alternatives for ${name}`)
    if (action === '--set') {
      const c = a.choices.find((one) => one.path === path)
      return c === undefined
        ? yield* fail(proc, `alternative ${path} for ${name} not registered; not setting`)
        : yield* choose(proc, a, c, 'manual')
    }
    const top = best(a)
    if (action === '--auto') return top === undefined ? 0 : yield* choose(proc, a, top, 'auto')
    if (action === '--list') yield* say(proc, 1, a.choices.map((c) => `${c.path}\n`).join(''))
    else yield* say(proc, 1, action === '--query' ? query(proc, a) : display(proc, a))
    return 0
  },
}
