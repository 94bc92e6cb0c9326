import type { Proc } from '#linux/syscalls.ts'
import type { Sim } from '#sim/wait.ts'
import { slurp } from './io.ts'

/** A line of /etc/passwd, passwd(5). */
export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly gecos: string
  readonly home: string
  readonly shell: string
}

/** A line of /etc/group, group(5). */
export interface Group {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

/** /etc/passwd and /etc/group as the process sees them; empty when they are missing. */
export class Accounts {
  readonly users: readonly User[]
  readonly groups: readonly Group[]

  constructor(passwd: string, group: string) {
    this.users = rows(passwd, 7).map((f) => ({
      name: f[0] ?? '',
      uid: Number(f[2]),
      gid: Number(f[3]),
      gecos: f[4] ?? '',
      home: f[5] ?? '',
      shell: f[6] ?? '',
    }))
    this.groups = rows(group, 3).map((f) => ({
      name: f[0] ?? '',
      gid: Number(f[2]),
      members: (f[3] ?? '').split(',').filter((m) => m !== ''),
    }))
  }

  user(name: string): User | undefined {
    return this.users.find((u) => u.name === name)
  }

  userById(uid: number): User | undefined {
    return this.users.find((u) => u.uid === uid)
  }

  group(name: string): Group | undefined {
    return this.groups.find((g) => g.name === name)
  }

  groupById(gid: number): Group | undefined {
    return this.groups.find((g) => g.gid === gid)
  }

  /** The name, or the number as text. */
  userName(uid: number): string {
    return this.userById(uid)?.name ?? String(uid)
  }

  groupName(gid: number): string {
    return this.groupById(gid)?.name ?? String(gid)
  }

  /** Groups of a user as initgroups(3) sets them: its own first. */
  groupsOf(user: User): number[] {
    const more = this.groups.filter((g) => g.gid !== user.gid && g.members.includes(user.name)).map((g) => g.gid)
    return [user.gid, ...more]
  }
}

function rows(text: string, least: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= least && /^\d+$/.test(fields[2] ?? ''))
}

/** Reads the machine's accounts through the process's own root (getpwnam(3), getgrgid(3)). */
export function* loadAccounts(proc: Proc): Sim<Accounts> {
  const passwd = yield* slurp(proc, '/etc/passwd')
  const group = yield* slurp(proc, '/etc/group')
  return new Accounts(passwd ?? '', group ?? '')
}
