import { Errno } from '#linux/errno.ts'
import type { Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { globToRegExp } from '../lib/glob.ts'
import { say, slurp, writeFile } from '../lib/io.ts'
import { baseName, type Context, defineProgram } from '../lib/program.ts'
import { CATALOGUE, notModelled, type Package } from './catalogue.ts'
import { erase, filesOf, installed, type Stanza, save, stanzaOf, unpack } from './database.ts'
import { usage } from './usage.ts'

const WIDTH = 79

/** Words in lines of at most 79 columns, indented by two. */
function wrap(words: readonly string[]): string {
  const lines: string[] = []
  let line = ' '
  for (const word of words) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ' '
    }
    line += ` ${word}`
  }
  return `${[...lines, line].join('\n')}\n`
}

/** A size in units of 1000: one decimal below 100. Source: apt-pkg SizeToStr. */
function amount(kB: number): string {
  let size = kB * 1000
  for (const unit of ['', 'k', 'M']) {
    if (size < 100 && unit !== '') return `${size.toFixed(1)} ${unit}B`
    if (size < 10_000) return `${size.toFixed(0)} ${unit}B`
    size /= 1000
  }
  return `${size.toFixed(1)} GB`
}

interface Source {
  readonly uri: string
  readonly suite: string
  readonly component: string
}

function* sources(ctx: Context): Sim<Source[]> {
  const text = (yield* slurp(ctx.proc, '/etc/apt/sources.list')) ?? ''
  return text.split('\n').flatMap((line) => {
    const m = /^deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+(\S+)/.exec(line)
    return m === null ? [] : [{ uri: m[1] ?? '', suite: m[2] ?? '', component: m[3] ?? 'main' }]
  })
}

const LISTS = '/var/lib/apt/lists'

/** Where the list of a source's packages is kept. */
const listFile = ({ uri, suite, component }: Source): string =>
  `${LISTS}/${`${uri.replace(/^\w+:\/\//, '')}/dists/${suite}/${component}/binary-amd64/Packages`.replaceAll('/', '_')}`

/** Has any list of packages been fetched? Images of containers come without. */
function hasLists(ctx: Context): boolean {
  try {
    return ctx.proc.readdir(LISTS).some((entry) => entry.name.endsWith('_Packages'))
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    return false
  }
}

function* locked(ctx: Context, list: boolean): Sim<boolean> {
  if (ctx.proc.credentials().euid === 0) return false
  yield* ctx.out.flush()
  const path = list ? '/var/lib/apt/lists/lock' : '/var/lib/dpkg/lock-frontend'
  yield* say(ctx.proc, 2, `E: Could not open lock file ${path} - open (13: Permission denied)\n`)
  if (list) {
    yield* say(
      ctx.proc,
      2,
      'E: Unable to lock directory /var/lib/apt/lists/\nW: Problem unlinking the file /var/cache/apt/pkgcache.bin - RemoveCaches (13: Permission denied)\nW: Problem unlinking the file /var/cache/apt/srcpkgcache.bin - RemoveCaches (13: Permission denied)\n',
    )
  } else yield* say(ctx.proc, 2, `E: Unable to acquire the dpkg frontend lock (${path}), are you root?\n`)
  return true
}

/** Differs: the lists themselves are empty files, and their fetching isn't shown. */
function* update(ctx: Context): Sim<number> {
  if (ctx.proc.credentials().euid !== 0) ctx.out.put('Reading package lists...\n')
  if (yield* locked(ctx, true)) return 100
  const sizes = ['151 kB', '55.4 kB', '34.8 kB']
  for (const [i, s] of (yield* sources(ctx)).entries()) {
    ctx.out.put(`Get:${i + 1} ${s.uri} ${s.suite} InRelease [${sizes[i] ?? '48.0 kB'}]\n`)
    yield* writeFile(ctx.proc, listFile(s), '')
  }
  ctx.out.put('Fetched 241 kB in 1s (395 kB/s)\nReading package lists...\n')
  return 0
}

/** What has to be unpacked before a package, itself last. */
function closure(name: string, all: ReadonlyMap<string, Stanza>, seen: Set<string>): Package[] {
  const p = CATALOGUE.get(name)
  if (p === undefined || seen.has(name)) return []
  seen.add(name)
  return [...p.depends.filter((d) => !all.has(d)).flatMap((d) => closure(d, all, seen)), p]
}

const isInstalled = (all: ReadonlyMap<string, Stanza>, name: string): boolean => all.has(name)

/** What packages of the base system suggest (adduser: perl), which keeps it from being removed. */
const SUGGESTED_BY_BASE = ['perl']

/** Installed automatically, and nothing installed needs it. */
function orphans(all: ReadonlyMap<string, Stanza>): string[] {
  const needed = new Set([...all.values()].flatMap((s) => (s.get('Depends') ?? '').split(', ').map((d) => d.replace(/ .*/, ''))))
  return [...all]
    .filter(([n, s]) => s.get('Auto-Installed') === '1' && !needed.has(n) && !SUGGESTED_BY_BASE.includes(n))
    .map(([n]) => n)
    .sort()
}

function noteOrphans(ctx: Context, all: ReadonlyMap<string, Stanza>): void {
  const left = orphans(all)
  if (left.length === 0) return
  ctx.out.put(
    left.length === 1
      ? 'The following package was automatically installed and is no longer required:\n'
      : 'The following packages were automatically installed and are no longer required:\n',
  )
  ctx.out.put(`${wrap(left)}Use 'apt autoremove' to remove ${left.length === 1 ? 'it' : 'them'}.\n`)
}

function reading(ctx: Context): void {
  ctx.out.put('Reading package lists...\nBuilding dependency tree...\nReading state information...\n')
}

function* counts(ctx: Context, fresh: number, gone: number): Sim<void> {
  ctx.out.put(`0 upgraded, ${fresh} newly installed, ${gone} to remove and 22 not upgraded.\n`)
  yield* ctx.out.flush()
}

/** Asks, unless -y; false: no. */
function* agreed(ctx: Context): Sim<boolean> {
  if (ctx.has('y')) return true
  ctx.out.put('Do you want to continue? [Y/n] ')
  yield* ctx.out.flush()
  const answer = (yield* ctx.lines(0).next()) ?? 'n'
  if (/^(y|yes|)$/i.test(answer.trim())) return true
  ctx.out.put('Abort.\n')
  return false
}

function* readingDatabase(ctx: Context): Sim<void> {
  const { proc } = ctx
  let files = 0
  for (const entry of proc.readdir('/var/lib/dpkg/info'))
    if (entry.name.endsWith('.list')) files += (yield* filesOf(proc, entry.name.slice(0, -5))).length
  ctx.out.put('(Reading database ... \n')
  for (let n = 5; n <= 100; n += 5) ctx.out.put(`(Reading database ... ${n}%\n`)
  ctx.out.put(`(Reading database ... ${13_000 + files} files and directories currently installed.)\n`)
}

const shown = (p: Package): string =>
  (p.arch === 'amd64' && p.section === 'libs') || p.name === 'libtext-charwidth-perl' ? `${p.name}:amd64` : p.name

function* install(ctx: Context, names: readonly string[]): Sim<number> {
  const { proc } = ctx
  if (proc.credentials().euid !== 0) {
    yield* locked(ctx, false)
    return 100
  }
  const all = yield* installed(proc)
  reading(ctx)
  const fetched = hasLists(ctx)
  for (const name of names) {
    if ((fetched && CATALOGUE.has(name)) || isInstalled(all, name)) continue
    yield* ctx.out.flush()
    const known = fetched && notModelled(name)
    yield* say(proc, 2, known ? `podlab: the package ${name} is not modelled\n` : `E: Unable to locate package ${name}\n`)
    return 100
  }
  const seen = new Set<string>()
  const wanted: Package[] = []
  for (const name of names) {
    const have = all.get(name)
    if (have === undefined) wanted.push(...closure(name, all, seen))
    else {
      ctx.out.put(`${name} is already the newest version (${have.get('Version')}).\n`)
      all.set(name, new Map([...have].filter(([k]) => k !== 'Auto-Installed')))
    }
  }
  noteOrphans(ctx, all)
  if (wanted.length === 0) {
    yield* counts(ctx, 0, 0)
    return 0
  }
  const fresh = wanted.map((p) => p.name).sort()
  const extra = fresh.filter((n) => !names.includes(n))
  if (extra.length > 0) ctx.out.put(`The following additional packages will be installed:\n${wrap(extra)}`)
  const suggests = wanted.flatMap((p) => p.suggests ?? [])
  if (suggests.length > 0) ctx.out.put(`Suggested packages:\n${wrap(suggests)}`)
  ctx.out.put(`The following NEW packages will be installed:\n${wrap(fresh)}`)
  yield* counts(ctx, wanted.length, 0)
  const download = wanted.reduce((sum, p) => sum + p.kB, 0)
  ctx.out.put(`Need to get ${amount(Math.round(download * 10) / 10)} of archives.\n`)
  ctx.out.put(`After this operation, ${amount(wanted.reduce((sum, p) => sum + p.installed, 0))} of additional disk space will be used.\n`)
  if ((extra.length > 0 || !names.every((n) => fresh.includes(n))) && !(yield* agreed(ctx))) return 1
  const [source] = yield* sources(ctx)
  for (const [i, p] of wanted.entries()) {
    ctx.out.put(
      `Get:${i + 1} ${source?.uri ?? ''} ${source?.suite ?? ''}/${source?.component ?? 'main'} amd64 ${p.name} ${p.arch} ${p.version} [${amount(p.kB)}]\n`,
    )
  }
  ctx.out.put(`Fetched ${amount(Math.round(download * 10) / 10)} in 0s (145 MB/s)\n`)
  yield* ctx.out.flush()
  yield* say(proc, 2, 'debconf: delaying package configuration, since apt-utils is not installed\n')
  for (const [i, p] of wanted.entries()) {
    ctx.out.put(`Selecting previously unselected package ${shown(p)}.\n`)
    if (i === 0) yield* readingDatabase(ctx)
    const number = wanted.length > 5 ? `${i}-` : ''
    ctx.out.put(
      `Preparing to unpack .../${number}${p.name}_${p.version.replace(':', '%3a')}_${p.arch}.deb ...\nUnpacking ${shown(p)} (${p.version}) ...\n`,
    )
    yield* unpack(proc, p)
    all.set(p.name, stanzaOf(p, !names.includes(p.name)))
  }
  for (const p of wanted) {
    ctx.out.put(`Setting up ${shown(p)} (${p.version}) ...\n`)
    if (p.name === 'vim')
      for (const name of ['ex', 'rview', 'rvim', 'vi', 'view', 'vim', 'vimdiff'])
        ctx.out.put(`update-alternatives: using /usr/bin/vim.basic to provide /usr/bin/${name} (${name}) in auto mode\n`)
  }
  ctx.out.put('Processing triggers for man-db (2.11.2-2) ...\n')
  if (wanted.some((p) => p.section === 'libs')) ctx.out.put('Processing triggers for libc-bin (2.36-9+deb12u14) ...\n')
  yield* save(proc, all)
  return 0
}

function* remove(ctx: Context, names: readonly string[], purge: boolean, automatic = false): Sim<number> {
  const { proc } = ctx
  if (yield* locked(ctx, false)) return 100
  const all = yield* installed(proc)
  reading(ctx)
  const going: string[] = []
  for (const name of automatic ? orphans(all) : names) {
    if (all.has(name)) going.push(name)
    else if (CATALOGUE.has(name)) ctx.out.put(`Package '${name}' is not installed, so not removed\n`)
    else {
      yield* ctx.out.flush()
      yield* say(proc, 2, `E: Unable to locate package ${name}\n`)
      return 100
    }
  }
  const rest = new Map([...all].filter(([n]) => !going.includes(n)))
  if (!automatic) noteOrphans(ctx, rest)
  if (going.length > 0) ctx.out.put(`The following packages will be REMOVED:\n${wrap(going.map((n) => (purge ? `${n}*` : n)))}`)
  yield* counts(ctx, 0, going.length)
  if (going.length === 0) return 0
  ctx.out.put(
    `After this operation, ${amount(going.reduce((sum, n) => sum + (CATALOGUE.get(n)?.installed ?? Number(all.get(n)?.get('Installed-Size') ?? 0)), 0))} disk space will be freed.\n`,
  )
  if (!(yield* agreed(ctx))) return 1
  yield* readingDatabase(ctx)
  for (const name of going) {
    const p = CATALOGUE.get(name)
    ctx.out.put(`Removing ${p === undefined ? name : shown(p)} (${all.get(name)?.get('Version')}) ...\n`)
    yield* erase(proc, name, p)
  }
  ctx.out.put('Processing triggers for man-db (2.11.2-2) ...\n')
  yield* save(proc, rest)
  return 0
}

/** Packages that the mirror has in a newer version. Differs: of the 22 that apt-get counts only the one that was recorded. */
const NEWER: Readonly<Record<string, string>> = { apt: '2.6.2' }

function* list(ctx: Context): Sim<number> {
  const all = yield* installed(ctx.proc)
  ctx.out.put('Listing...\n')
  const names = [...new Set([...all.keys(), ...(ctx.has('installed') ? [] : CATALOGUE.keys())])].sort()
  const patterns = ctx.operands.slice(1).map((pattern) => globToRegExp(pattern))
  const newer = hasLists(ctx) ? NEWER : {}
  for (const name of names) {
    if (patterns.length > 0 && !patterns.some((p) => p.test(name))) continue
    const have = all.get(name)
    const p = CATALOGUE.get(name)
    const version = have?.get('Version') ?? p?.version
    const arch = have?.get('Architecture') ?? p?.arch
    const to = have === undefined ? undefined : newer[name]
    if (ctx.has('upgradable')) {
      if (to !== undefined) ctx.out.put(`${name}/oldstable ${to} ${arch} [upgradable from: ${version}]\n`)
      continue
    }
    const marks = [
      'installed',
      ...(have?.get('Auto-Installed') === '1' ? ['automatic'] : []),
      ...(to === undefined ? [] : [`upgradable to: ${to}`]),
    ]
    ctx.out.put(
      `${name}/oldstable${have === undefined ? '' : `,now ${version} ${arch} [${marks.join(',')}]`}${have === undefined ? ` ${version} ${arch}` : ''}\n`,
    )
  }
  return 0
}

function* show(ctx: Context, names: readonly string[]): Sim<number> {
  const all = yield* installed(ctx.proc)
  let any = false
  for (const name of names) {
    const p = CATALOGUE.get(name)
    const fields = p === undefined ? all.get(name) : stanzaOf(p, false)
    if (fields === undefined) continue
    any = true
    const keys = [
      'Package',
      'Version',
      'Priority',
      'Section',
      'Maintainer',
      'Installed-Size',
      'Provides',
      'Depends',
      'Suggests',
      'Description',
    ]
    ctx.out.put(
      `${keys
        .filter((k) => fields.has(k))
        .map((k) => `${k}: ${fields.get(k)}\n`)
        .join('')}\n`,
    )
  }
  if (any) return 0
  yield* ctx.out.flush()
  yield* say(ctx.proc, 2, 'E: No packages found\n')
  return 100
}

function* policy(ctx: Context, names: readonly string[]): Sim<number> {
  const all = yield* installed(ctx.proc)
  const [source] = yield* sources(ctx)
  for (const name of names) {
    const have = all.get(name)?.get('Version')
    const candidate = CATALOGUE.get(name)?.version ?? have
    if (candidate === undefined) continue
    const mark = have === candidate ? ' ***' : '    '
    ctx.out.put(
      `${name}:\n  Installed: ${have ?? '(none)'}\n  Candidate: ${candidate}\n  Version table:\n${mark} ${candidate} 500\n        500 ${source?.uri} ${source?.suite}/${source?.component} amd64 Packages\n${have === undefined ? '' : '        100 /var/lib/dpkg/status\n'}`,
    )
  }
  return 0
}

function search(ctx: Context, patterns: readonly string[]): number {
  const tests = patterns.map((p) => new RegExp(p, 'i'))
  for (const p of [...CATALOGUE.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (tests.every((t) => t.test(p.name) || t.test(p.description))) ctx.out.put(`${p.name} - ${p.description}\n`)
  return 0
}

function* mark(ctx: Context, verb: string, names: readonly string[]): Sim<number> {
  const word = { hold: 'set on hold', unhold: '', auto: 'set to automatically installed', manual: 'set to manually installed' }[verb]
  if (word === undefined) return yield* ctx.notModelled(verb)
  for (const n of names) ctx.out.put(verb === 'unhold' ? `Canceled hold on ${n}.\n` : `${n} ${word}.\n`)
  return 0
}

function make(name: string): Program {
  return defineProgram({
    name,
    short: 'yqdo:t:fsVm',
    missing: 'd t V names-only all-versions',
    long: 'yes:y assume-yes:y quiet:q no-install-recommends no-install-suggests installed upgradable purge fix-broken:f reinstall download-only:d option=:o simulate:s allow-downgrades names-only all-versions',
    usageStatus: 100,
    tryHelp: false,
    *run(ctx) {
      const [verb, ...names] = ctx.operands
      const tool = baseName(name)
      if (tool === 'apt' && !ctx.proc.isatty(1))
        yield* say(ctx.proc, 2, '\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n')
      if (verb === undefined) {
        ctx.out.put(usage(tool))
        return 1
      }
      if (tool === 'apt-mark') return yield* mark(ctx, verb, names)
      try {
        if (verb === 'update') return yield* update(ctx)
        if (verb === 'install' || verb === 'reinstall') return yield* install(ctx, names)
        if (verb === 'remove' || verb === 'purge') return yield* remove(ctx, names, verb === 'purge' || ctx.has('purge'))
        if (verb === 'autoremove') return yield* remove(ctx, [], false, true)
        if (verb === 'upgrade' || verb === 'dist-upgrade' || verb === 'full-upgrade') return yield* ctx.notModelled(verb)
        if (verb === 'clean' || verb === 'autoclean' || verb === 'check') return 0
        if (verb === 'list' && tool === 'apt') return yield* list(ctx)
        if (verb === 'show') return yield* show(ctx, names)
        if (verb === 'policy') return yield* policy(ctx, names)
        if (verb === 'search') return search(ctx, names)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        return yield* ctx.die(`${error.message}`, 100)
      }
      yield* say(ctx.proc, 2, `E: Invalid operation ${verb}\n`)
      return 100
    },
  })
}

export const apt: readonly Program[] = [make('apt/apt'), make('apt/apt-get'), make('apt/apt-cache'), make('apt/apt-mark')]
