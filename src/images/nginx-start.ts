/** What nginx's master does before it starts workers. Source: nginx ngx_init_cycle, ngx_create_paths, ngx_set_user, ngx_create_pidfile. */
import { Errno, strerror } from '#linux/errno.ts'
import { listenTcp } from '#linux/http/server.ts'
import { O, type Proc } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { loadAccounts, type User } from '#userland/lib/accounts.ts'
import { ConfigError } from './nginx-config.ts'

const CACHE = '/var/cache/nginx'
const TEMPORARY = ['client_temp', 'proxy_temp', 'fastcgi_temp', 'uwsgi_temp', 'scgi_temp']
const PID_FILE = '/run/nginx.pid'

export interface Started {
  /** Who workers run as; undefined: as the master, which isn't root. */
  readonly user: User | undefined
  /** Listening sockets by port. */
  readonly sockets: ReadonlyMap<number, number>
}

/** The account of the directive `user`; a master without privileges says that it makes no sense. Throws {@link ConfigError}. */
export function* workerUser(proc: Proc, conf: string, warn: (line: string) => Sim<void>): Sim<User | undefined> {
  const line = conf.split('\n').findIndex((l) => /^\s*user\s/.test(l))
  const name = /^\s*user\s+([^\s;]+)/m.exec(conf)?.[1]
  if (proc.credentials().euid !== 0) {
    if (name !== undefined)
      yield* warn(
        `the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:${line + 1}`,
      )
    return undefined
  }
  const user = (yield* loadAccounts(proc)).user(name ?? 'nginx')
  if (user === undefined) throw new ConfigError(`getpwnam("${name ?? 'nginx'}") failed in /etc/nginx/nginx.conf:${line + 1}`)
  return user
}

/** Makes the folders of temporary files, opens the ports, writes the number of the process. Throws {@link ConfigError}. */
export function* prepare(proc: Proc, user: User | undefined, ports: readonly number[]): Sim<Started> {
  for (const name of TEMPORARY) makeFolder(proc, `${CACHE}/${name}`, user)
  const sockets = new Map(ports.map((port) => [port, attempt(`bind() to 0.0.0.0:${port}`, () => listenTcp(proc, '0.0.0.0', port, 511))]))
  try {
    const fd = yield* proc.open(PID_FILE, O.RDWR | O.CREAT | O.TRUNC | O.CLOEXEC, 0o644)
    yield* proc.write(fd, encode(`${proc.pid}\n`))
    proc.close(fd)
  } catch (error) {
    throw failed(`open() "${PID_FILE}"`, error)
  }
  return { user, sockets }
}

function makeFolder(proc: Proc, path: string, user: User | undefined): void {
  attempt(`mkdir() "${path}"`, () => {
    try {
      proc.mkdir(path, 0o700)
    } catch (error) {
      if (!(error instanceof Errno) || error.code !== 'EEXIST') throw error
    }
  })
  if (user !== undefined && proc.stat(path).uid !== user.uid) attempt(`chown("${path}", ${user.uid})`, () => proc.chown(path, user.uid, -1))
}

/** Becomes the user of the workers. Throws {@link ConfigError}. */
export function dropPrivileges(proc: Proc, user: User | undefined): void {
  if (user === undefined) return
  attempt(`setgid(${user.gid})`, () => proc.setresgid(user.gid, user.gid, user.gid))
  attempt(`initgroups(${user.name}, ${user.gid})`, () => proc.setgroups([user.gid]))
  attempt(`setuid(${user.uid})`, () => proc.setresuid(user.uid, user.uid, user.uid))
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw failed(what, error)
  }
}

function failed(what: string, error: unknown): unknown {
  return error instanceof Errno ? new ConfigError(`${what} failed (${error.errno}: ${strerror(error)})`) : error
}
