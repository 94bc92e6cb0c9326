import { parseHosts, type Resolved, ResolveError, readText, resolve, reverse } from '#linux/http/resolver.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { say } from '../lib/io.ts'

const FILES: Readonly<Record<string, string>> = {
  passwd: '/etc/passwd',
  group: '/etc/group',
  shadow: '/etc/shadow',
  services: '/etc/services',
  protocols: '/etc/protocols',
  networks: '/etc/networks',
  rpc: '/etc/rpc',
  gshadow: '/etc/gshadow',
}
const DATABASES = [
  'ahosts',
  'ahostsv4',
  'ahostsv6',
  'aliases',
  'ethers',
  'group',
  'gshadow',
  'hosts',
  'initgroups',
  'netgroup',
  'networks',
  'passwd',
  'protocols',
  'rpc',
  'services',
  'shadow',
]

/** getent(1) of glibc 2.36. */
export const getent: Program = {
  name: 'libc-bin/getent',
  *main(proc) {
    const words = proc.argv.slice(1).filter((w) => w !== '-i' && w !== '--no-idn')
    const [database, ...keys] = words
    if (database === undefined) {
      yield* say(proc, 2, "getent: wrong number of arguments\nTry `getent --help' or `getent --usage' for more information.\n")
      return 1
    }
    if (!DATABASES.includes(database)) {
      yield* say(proc, 2, `Unknown database: ${database}\nTry \`getent --help' or \`getent --usage' for more information.\n`)
      return 1
    }
    if (database === 'hosts') return yield* hosts(proc, keys)
    if (database.startsWith('ahosts')) return yield* ahosts(proc, database, keys)
    return yield* file(proc, database, keys)
  },
}

function* lookup(proc: Proc, name: string): Sim<Resolved | undefined> {
  try {
    return yield* resolve(proc, name)
  } catch (error) {
    if (error instanceof ResolveError) return undefined
    throw error
  }
}

function* hosts(proc: Proc, keys: readonly string[]): Sim<number> {
  if (keys.length === 0) {
    for (const line of parseHosts((yield* readText(proc, '/etc/hosts')) ?? ''))
      if (!line.address.includes(':')) yield* say(proc, 1, `${line.address.padEnd(15)} ${line.names.join(' ')}\n`)
    return 0
  }
  let status = 0
  for (const key of keys) {
    if (/^[\d.]+$/.test(key)) {
      const name = yield* reverse(proc, key)
      if (name === undefined) status = 2
      else {
        const names = parseHosts((yield* readText(proc, '/etc/hosts')) ?? '').find((l) => l.address === key)?.names ?? [name]
        yield* say(proc, 1, `${key.padEnd(15)} ${names.join(' ')}\n`)
      }
      continue
    }
    const found = yield* lookup(proc, key)
    if (found === undefined) {
      status = 2
      continue
    }
    // gethostbyname2 asks for IPv6 first.
    const v6 = found.addresses.filter((a) => a.includes(':'))
    const shown = v6.length > 0 ? v6 : found.addresses
    const names = found.names ?? [found.canonical, ...(found.canonical === key ? [] : [key])]
    for (const address of shown) yield* say(proc, 1, `${address.padEnd(15)} ${names.join(' ')}\n`)
  }
  return status
}

function* ahosts(proc: Proc, database: string, keys: readonly string[]): Sim<number> {
  let status = 0
  for (const key of keys) {
    const found = yield* lookup(proc, key)
    const addresses = (found?.addresses ?? []).filter((a) =>
      database === 'ahostsv4' ? !a.includes(':') : database === 'ahostsv6' ? a.includes(':') : true,
    )
    if (addresses.length === 0) {
      status = 2
      continue
    }
    let name = ` ${found?.canonical ?? key}`
    for (const address of addresses) {
      for (const type of ['STREAM', 'DGRAM', 'RAW']) {
        yield* say(proc, 1, `${address.padEnd(15)} ${type.padEnd(6)}${name === '' ? ' ' : name}\n`)
        name = ''
      }
    }
  }
  return status
}

function* file(proc: Proc, database: string, keys: readonly string[]): Sim<number> {
  const path = FILES[database]
  if (path === undefined) {
    yield* say(proc, 2, `podlab: getent ${database} is not modelled\n`)
    return 1
  }
  const lines = ((yield* readText(proc, path)) ?? '').split('\n').filter((l) => l.trim() !== '' && !l.startsWith('#'))
  const colon = path === '/etc/passwd' || path === '/etc/group' || path === '/etc/shadow' || path === '/etc/gshadow'
  const show = (line: string): string => {
    if (colon) return line
    const [name = '', value = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    return `${name.padEnd(21)} ${value}${aliases.length === 0 ? '' : ` ${aliases.join(' ')}`}`
  }
  if (keys.length === 0) {
    yield* say(proc, 1, lines.map((l) => `${show(l)}\n`).join(''))
    return 0
  }
  let status = 0
  for (const key of keys) {
    const found = lines.find((line) => {
      const fields = colon ? line.split(':') : line.replace(/#.*/, '').trim().split(/\s+/)
      if (colon) return fields[0] === key || (/^\d+$/.test(key) && fields[2] === key && database !== 'shadow')
      const [port, proto] = key.split('/')
      const [number, kind] = (fields[1] ?? '').split('/')
      return (
        (fields[0] === port || fields.slice(2).includes(port ?? '') || number === port) &&
        (proto === undefined || kind === undefined || proto === kind)
      )
    })
    if (found === undefined) status = 2
    else yield* say(proc, 1, `${show(found)}\n`)
  }
  return status
}
