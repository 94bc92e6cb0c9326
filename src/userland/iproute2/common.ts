import { Errno, strerror } from '#linux/errno.ts'
import type { NetAdmin } from '#linux/net/admin.ts'
import type { Proc } from '#linux/syscalls.ts'
import { CLONE, O } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'

/** Ends ip(8) with a message (if any) on stderr. */
export class IpError extends Error {
  override name = 'IpError'
  readonly exit: number

  constructor(message: string, exit: number) {
    super(message)
    this.exit = exit
  }
}

/** Options before the object: `ip -br -4 addr`. */
export interface IpOptions {
  readonly brief: boolean
  readonly oneline: boolean
  readonly details: boolean
  readonly stats: boolean
  readonly json: boolean
  readonly pretty: boolean
  readonly family: 'inet' | 'inet6' | 'link' | undefined
}

export interface IpContext {
  readonly proc: Proc
  readonly net: NetAdmin
  readonly o: IpOptions
  /** Names of /run/netns by inode. */
  readonly netnsNames: ReadonlyMap<number, string>
  readonly out: string[]
}

/** The arguments of a command, taken one by one. */
export class Args {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  peek(): string | undefined {
    return this.#words[this.#at]
  }

  next(): string | undefined {
    return this.#words[this.#at++]
  }

  get done(): boolean {
    return this.#at >= this.#words.length
  }

  /** The value of the keyword just taken. */
  value(): string {
    const word = this.next()
    if (word === undefined) throw new IpError('Command line is not complete. Try option "help"', 255)
    return word
  }
}

/** Whether `word` abbreviates `full`, as ip(8) allows for its commands. */
export function abbreviates(word: string, ...full: string[]): boolean {
  return word !== '' && full.some((f) => f.startsWith(word))
}

/** Runs what netlink would carry out; failures become ip's words. */
export function rtnl<T>(fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    const detail = error.message.slice(error.code.length + 2)
    throw new IpError(detail.endsWith('.') ? `Error: ${detail}` : `RTNETLINK answers: ${strerror(error)}`, 2)
  }
}

/** Index of a device, or the message of a command that changes something. */
export function needDevice(c: IpContext, name: string): void {
  if (!c.net.links().some((l) => l.name === name || l.altNames.includes(name))) throw new IpError(`Cannot find device "${name}"`, 1)
}

export function unknownArgument(word: string): never {
  throw new IpError(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255)
}

export const NETNS_DIR = '/run/netns'

/** Names in /run/netns with the inode of the namespace each stands for. */
export function netnsNames(proc: Proc): Map<number, string> {
  const out = new Map<number, string>()
  try {
    for (const entry of proc.readdir(NETNS_DIR)) {
      const ino = proc.stat(`${NETNS_DIR}/${entry.name}`).ino
      if (!out.has(ino)) out.set(ino, entry.name)
    }
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
  return out
}

/** Opens a namespace by name (or path) as `ip netns` does. */
export function* openNetns(proc: Proc, name: string): Sim<number> {
  try {
    return yield* proc.open(name.includes('/') ? name : `${NETNS_DIR}/${name}`, O.RDONLY | O.CLOEXEC)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`Cannot open network namespace "${name}": ${strerror(error)}`, 255)
  }
}

/** Enters a namespace by name; the mount namespace stays. */
export function* enterNetns(proc: Proc, name: string): Sim<void> {
  const fd = yield* openNetns(proc, name)
  try {
    proc.setns(fd, CLONE.NEWNET)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    throw new IpError(`setting the network namespace "${name}" failed: ${strerror(error)}`, 255)
  } finally {
    proc.close(fd)
  }
}

/** `10.0.0.1/24` taken apart; the prefix of a bare address is 32 (128). */
export function parsePrefix(text: string, what = 'any valid prefix'): { readonly address: string; readonly prefix: number } {
  const [address = '', length] = text.split('/')
  const v6 = address.includes(':')
  const prefix = length === undefined ? (v6 ? 128 : 32) : Number(length)
  const good = v6 ? /^[0-9a-f:.]+$/i.test(address) : /^\d+(\.\d+){3}$/.test(address) && address.split('.').every((n) => Number(n) < 256)
  if (!good || !(prefix >= 0 && prefix <= (v6 ? 128 : 32))) throw new IpError(`Error: ${what} is expected rather than "${text}".`, 1)
  return { address, prefix }
}

/** JSON as `ip -j` prints it: without blanks on one line; -p indents. */
export function printJson(c: IpContext, value: readonly unknown[]): void {
  c.out.push(c.o.pretty ? `${JSON.stringify(value, undefined, 4)}\n` : `${JSON.stringify(value)}\n`)
}
