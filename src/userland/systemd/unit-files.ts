import { Errno } from '#linux/errno.ts'
import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'
import type { Client } from './systemctl.ts'
import { enabledLinks, loadUnit, type UnitFile, unitName, unitValues } from './unit.ts'

const ROOT = '/etc/systemd/system'

function present(proc: Proc, path: string): boolean {
  try {
    proc.lstat(path)
    return true
  } catch (error) {
    if (error instanceof Errno) return false
    throw error
  }
}

function linkTarget(proc: Proc, path: string): string | undefined {
  try {
    return proc.readlink(path)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** The links `[Install]` of a unit asks for. */
function wantedLinks(unit: UnitFile): string[] {
  const words = (key: string): string[] => unitValues(unit, 'Install', key).flatMap((v) => v.split(/\s+/))
  const instance = unit.name.endsWith('@.service') ? words('DefaultInstance')[0] : undefined
  const name = instance === undefined ? unit.name : unit.name.replace('@.', `@${instance}.`)
  return [
    ...words('Alias').map((alias) => `${ROOT}/${alias}`),
    ...words('WantedBy').map((target) => `${ROOT}/${target}.wants/${name}`),
    ...words('RequiredBy').map((target) => `${ROOT}/${target}.requires/${name}`),
  ]
}

/** enable, disable, mask, unmask: changes the links of /etc/systemd/system. Throws Errno. */
export function* editUnitFiles(proc: Proc, verb: string, names: readonly string[], force: boolean): Sim<number> {
  for (const asked of names) {
    const name = unitName(asked)
    const path = `${ROOT}/${name}`
    if (verb === 'mask') {
      if (linkTarget(proc, path) === '/dev/null') continue
      if (present(proc, path)) {
        yield* say(proc, 2, `Failed to mask unit: File ${path} already exists.\n`)
        return 1
      }
      if ((yield* loadUnit(proc, name)) === undefined) yield* say(proc, 2, `Unit ${name} does not exist, proceeding anyway.\n`)
      proc.symlink('/dev/null', path)
      yield* say(proc, 2, `Created symlink ${path} → /dev/null.\n`)
      continue
    }
    if (verb === 'unmask') {
      if (linkTarget(proc, path) !== '/dev/null') continue
      proc.unlink(path)
      yield* say(proc, 2, `Removed "${path}".\n`)
      continue
    }
    const unit = yield* loadUnit(proc, name)
    if (unit === undefined || unit === 'masked') {
      const why = unit === undefined ? `Unit file ${name} does not exist.` : `Unit ${name} is masked.`
      yield* say(proc, 2, `Failed to ${verb} unit: ${why}\n`)
      return 1
    }
    if (verb === 'disable') {
      for (const link of enabledLinks(proc, name)) {
        proc.unlink(link)
        yield* say(proc, 2, `Removed "${link}".\n`)
      }
      continue
    }
    if (!unit.sections.has('Install')) {
      yield* say(proc, 2, NO_INSTALL)
      continue
    }
    for (const link of wantedLinks(unit)) {
      const old = linkTarget(proc, link)
      if (old === unit.path || (old !== undefined && !force)) continue
      const dir = link.slice(0, link.lastIndexOf('/'))
      if (!present(proc, dir)) proc.mkdir(dir, 0o755)
      if (old !== undefined) proc.unlink(link)
      proc.symlink(unit.path, link)
      yield* say(proc, 2, `Created symlink ${link} → ${unit.path}.\n`)
    }
  }
  return 0
}

const NO_INSTALL = `The unit files have no installation config (WantedBy=, RequiredBy=, Also=,
Alias= settings in the [Install] section, and DefaultInstance= for template
units). This means they are not meant to be enabled or disabled using systemctl.
 
Possible reasons for having this kind of units are:
• A unit may be statically enabled by being symlinked from another unit's
  .wants/ or .requires/ directory.
• A unit's purpose may be to act as a helper for some other unit which has
  a requirement dependency on it.
• A unit may be started when needed via activation (socket, path, timer,
  D-Bus, udev, scripted systemctl call, ...).
• In case of template units, the unit is meant to be enabled with some
  instance name specified.
`

/** get-default: where default.target leads. */
export function* getDefault(client: Client): Sim<number> {
  const target =
    linkTarget(client.proc, `${ROOT}/default.target`) ?? linkTarget(client.proc, '/lib/systemd/system/default.target') ?? 'graphical.target'
  yield* say(client.proc, 1, `${target.slice(target.lastIndexOf('/') + 1)}\n`)
  return 0
}

/** set-default TARGET. */
export function* setDefault(client: Client, names: readonly string[]): Sim<number> {
  const { proc } = client
  const name = unitName(names[0] ?? '')
  const unit = yield* loadUnit(proc, name)
  if (unit === undefined || unit === 'masked') {
    yield* say(proc, 2, `Failed to set default target: Unit file ${name} does not exist.\n`)
    return 1
  }
  const link = `${ROOT}/default.target`
  if (present(proc, link)) {
    proc.unlink(link)
    yield* say(proc, 2, `Removed "${link}".\n`)
  }
  proc.symlink(unit.path, link)
  yield* say(proc, 2, `Created symlink ${link} → ${unit.path}.\n`)
  return 0
}
