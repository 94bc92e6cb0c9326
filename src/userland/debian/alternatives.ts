import { file, type TreeEntry } from './tree.ts'

/** A choice of update-alternatives(1): the program, its priority, and what the slave links become. */
export interface Choice {
  readonly path: string
  readonly priority: number
  readonly slaves: Readonly<Record<string, string>>
}

/** A link group, as a file of /var/lib/dpkg/alternatives has it. */
export interface Alternative {
  readonly name: string
  readonly link: string
  readonly status: 'auto' | 'manual'
  /** Slave links by name. */
  readonly slaves: Readonly<Record<string, string>>
  readonly choices: readonly Choice[]
}

const MAN = '/usr/share/man/man1'

function group(name: string, link: string, slaves: Readonly<Record<string, string>>, choices: readonly Choice[]): Alternative {
  return { name, link, status: 'auto', slaves, choices }
}

const choice = (path: string, priority: number, slaves: Readonly<Record<string, string>> = {}): Choice => ({ path, priority, slaves })

function iptables(v: 'iptables' | 'ip6tables'): Alternative {
  const flavour = (name: string, priority: number): Choice =>
    choice(`/usr/sbin/${v}-${name}`, priority, {
      [`${v}-restore`]: `/usr/sbin/${v}-${name}-restore`,
      [`${v}-save`]: `/usr/sbin/${v}-${name}-save`,
    })
  const slaves = { [`${v}-restore`]: `/usr/sbin/${v}-restore`, [`${v}-save`]: `/usr/sbin/${v}-save` }
  return group(v, `/usr/sbin/${v}`, slaves, [flavour('legacy', 10), flavour('nft', 20)])
}

/** Source: postinst of mawk, nano, vim-tiny, less, debianutils, netcat-openbsd, traceroute, iptables. Differs: of the slaves only those with a program, and some pages. */
function alternatives(laptop: boolean): Alternative[] {
  const page = (name: string, of: string): Readonly<Record<string, string>> => ({ [`${name}.1.gz`]: `${MAN}/${of}.1.gz` })
  const vim = laptop ? [choice('/usr/bin/vim.basic', 30)] : []
  const tiny = choice('/usr/bin/vim.tiny', 15)
  return [
    group('awk', '/usr/bin/awk', { ...page('awk', 'awk'), nawk: '/usr/bin/nawk' }, [
      choice('/usr/bin/mawk', 5, { ...page('awk', 'mawk'), nawk: '/usr/bin/mawk' }),
    ]),
    group('editor', '/usr/bin/editor', page('editor', 'editor'), [
      choice('/bin/nano', 40, page('editor', 'nano')),
      ...vim.map((v) => ({ ...v, slaves: page('editor', 'vim') })),
      { ...tiny, slaves: page('editor', 'vim') },
    ]),
    group('pager', '/usr/bin/pager', page('pager', 'pager'), [
      choice('/bin/more', 50, page('pager', 'more')),
      choice('/usr/bin/less', 77, page('pager', 'less')),
    ]),
    group('vi', '/usr/bin/vi', {}, [...vim, tiny]),
    group('view', '/usr/bin/view', {}, [tiny]),
    ...(laptop ? [group('vim', '/usr/bin/vim', {}, vim)] : []),
    group('which', '/usr/bin/which', page('which', 'which'), [choice('/usr/bin/which.debianutils', 0, page('which', 'which.debianutils'))]),
    group('nc', '/bin/nc', { netcat: '/bin/netcat' }, [choice('/bin/nc.openbsd', 50, { netcat: '/bin/nc.openbsd' })]),
    group('traceroute', '/usr/bin/traceroute', {}, [choice('/usr/bin/traceroute.db', 100)]),
    iptables('iptables'),
    iptables('ip6tables'),
  ]
}

/** The text of a file of /var/lib/dpkg/alternatives: status, link, slaves, an empty line, then choices with their slaves. */
export function alternativeText(a: Alternative): string {
  const names = Object.keys(a.slaves).sort()
  const head = [a.status, a.link, ...names.flatMap((n) => [n, a.slaves[n] ?? '']), '']
  const choices = [...a.choices]
    .sort((x, y) => (x.path < y.path ? -1 : 1))
    .flatMap((c) => [c.path, String(c.priority), ...names.map((n) => c.slaves[n] ?? '')])
  return `${[...head, ...choices, ''].join('\n')}\n`
}

/** Reads such a file. */
export function parseAlternative(name: string, text: string): Alternative {
  const lines = text.split('\n')
  let at = 0
  const next = (): string => lines[at++] ?? ''
  const status = next() === 'manual' ? 'manual' : 'auto'
  const link = next()
  const slaves: Record<string, string> = {}
  for (let slave = next(); slave !== ''; slave = next()) slaves[slave] = next()
  const choices: Choice[] = []
  for (let path = next(); path !== ''; path = next()) {
    const priority = Number(next())
    const own = Object.keys(slaves).map((n) => [n, next()] as const)
    choices.push({ path, priority, slaves: Object.fromEntries(own.filter(([, target]) => target !== '')) })
  }
  return { name, link, status, slaves, choices }
}

/** The files of /var/lib/dpkg/alternatives. */
export function alternativeFiles(laptop: boolean): TreeEntry[] {
  return alternatives(laptop).map((a) => file(`/var/lib/dpkg/alternatives/${a.name}`, alternativeText(a)))
}
