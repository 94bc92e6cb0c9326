/**
 * Servers whose images people run but whose protocol isn't modelled: they hold their port, and end when told to.
 * Differs: a connection is accepted and closed, nothing is answered; their configuration isn't looked at.
 */
import { Errno } from '#linux/errno.ts'
import { listenTcp } from '#linux/http/server.ts'
import { SIGNALS } from '#linux/signal.ts'
import type { Proc, Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { DEBIAN } from './accounts.ts'
import { busyboxFiles } from './busybox.ts'
import { binary, folder, layer, MIB } from './layer.ts'
import type { Image } from './types.ts'

interface Server {
  readonly name: string
  /** `docker.io/library/<name>` unless given. */
  readonly repository?: string
  readonly command: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly path: string
  readonly port: number
  readonly sizeBytes: number
  readonly memoryBytes: number
  /** Releases: the full version first, then its other tags. */
  readonly releases: readonly (readonly string[])[]
  readonly folders?: readonly string[]
  readonly stopSignal?: string
}

const SERVERS: readonly Server[] = [
  {
    name: 'redis',
    command: ['redis-server'],
    path: '/usr/local/bin/redis-server',
    port: 6379,
    sizeBytes: 45_000_000,
    memoryBytes: 8 * MIB,
    folders: ['/data'],
    releases: [
      ['8.4.0', 'latest', '8.4', '8'],
      ['7.4.7', '7.4', '7'],
      ['7.2.12', '7.2'],
      ['6.2.21', '6.2', '6'],
    ],
  },
  {
    name: 'httpd',
    command: ['httpd-foreground'],
    path: '/usr/local/bin/httpd-foreground',
    port: 80,
    sizeBytes: 45_200_000,
    memoryBytes: 12 * MIB,
    stopSignal: 'SIGWINCH',
    releases: [['2.4.66', 'latest', '2.4', '2']],
  },
  {
    name: 'postgres',
    command: ['postgres'],
    path: '/usr/local/bin/postgres',
    port: 5432,
    sizeBytes: 161_000_000,
    memoryBytes: 40 * MIB,
    stopSignal: 'SIGINT',
    folders: ['/var/lib/postgresql', '/var/lib/postgresql/data'],
    releases: [
      ['18.1', 'latest', '18'],
      ['17.7', '17'],
      ['16.11', '16'],
      ['15.15', '15'],
    ],
  },
  {
    name: 'mysql',
    command: ['mysqld'],
    path: '/usr/sbin/mysqld',
    port: 3306,
    sizeBytes: 270_000_000,
    memoryBytes: 380 * MIB,
    folders: ['/var/lib/mysql'],
    releases: [
      ['9.5.0', 'latest', '9.5', '9'],
      ['8.4.7', '8.4', '8'],
      ['8.0.44', '8.0'],
    ],
  },
  {
    name: 'memcached',
    command: ['memcached'],
    path: '/usr/local/bin/memcached',
    port: 11_211,
    sizeBytes: 31_000_000,
    memoryBytes: 4 * MIB,
    releases: [['1.6.39', 'latest', '1.6', '1']],
  },
  {
    name: 'mongo',
    command: ['mongod'],
    path: '/usr/bin/mongod',
    port: 27_017,
    sizeBytes: 290_000_000,
    memoryBytes: 160 * MIB,
    folders: ['/data', '/data/db'],
    releases: [
      ['8.2.2', 'latest', '8.2', '8'],
      ['7.0.26', '7.0', '7'],
    ],
  },
  {
    name: 'mariadb',
    command: ['mariadbd'],
    path: '/usr/sbin/mariadbd',
    port: 3306,
    sizeBytes: 118_000_000,
    memoryBytes: 90 * MIB,
    folders: ['/var/lib/mysql'],
    releases: [
      ['12.1.2', 'latest', '12.1', '12'],
      ['11.8.5', '11.8', '11', 'lts'],
    ],
  },
  {
    name: 'rabbitmq',
    command: ['rabbitmq-server'],
    path: '/opt/rabbitmq-server',
    port: 5672,
    sizeBytes: 105_000_000,
    memoryBytes: 110 * MIB,
    folders: ['/opt', '/var/lib/rabbitmq'],
    releases: [
      ['4.2.1', 'latest', '4.2', '4', 'management'],
      ['3.13.7', '3.13', '3'],
    ],
  },
  {
    name: 'tomcat',
    command: ['catalina.sh', 'run'],
    path: '/usr/local/bin/catalina.sh',
    port: 8080,
    sizeBytes: 170_000_000,
    memoryBytes: 120 * MIB,
    releases: [
      ['11.0.14', 'latest', '11.0', '11'],
      ['10.1.49', '10.1', '10'],
      ['9.0.112', '9.0', '9'],
    ],
  },
  {
    name: 'traefik',
    command: ['traefik'],
    path: '/usr/local/bin/traefik',
    port: 80,
    sizeBytes: 50_000_000,
    memoryBytes: 30 * MIB,
    releases: [['v3.6.2', 'latest', 'v3.6', 'v3']],
  },
  {
    name: 'caddy',
    command: ['caddy'],
    path: '/usr/bin/caddy',
    port: 80,
    sizeBytes: 32_000_000,
    memoryBytes: 14 * MIB,
    releases: [['2.10.2', 'latest', '2.10', '2']],
  },
  {
    name: 'prometheus',
    repository: 'docker.io/prom/prometheus',
    command: ['prometheus'],
    path: '/bin/prometheus',
    port: 9090,
    sizeBytes: 130_000_000,
    memoryBytes: 60 * MIB,
    releases: [['v3.8.0', 'latest', 'v3']],
  },
  {
    name: 'grafana',
    repository: 'docker.io/grafana/grafana',
    command: ['grafana'],
    path: '/usr/bin/grafana',
    port: 3000,
    sizeBytes: 200_000_000,
    memoryBytes: 90 * MIB,
    releases: [['12.3.0', 'latest']],
  },
]

function* serveNothing(proc: Proc, port: number): Sim<void> {
  const fd = listenTcp(proc, '0.0.0.0', port)
  for (;;) {
    try {
      const connection = yield* proc.accept(fd)
      proc.close(connection.fd)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      if (error.code === 'EBADF' || error.code === 'EINVAL') return
    }
  }
}

function program(server: Server): Program {
  return {
    name: `servers/${server.name}`,
    *main(proc): Sim<number> {
      proc.setMemory(server.memoryBytes)
      yield* proc.write(1, encode(`podlab: ${server.name} listens on port ${server.port}; its protocol is not modelled\n`))
      let signal = 0
      for (const s of [SIGNALS.TERM, SIGNALS.INT, SIGNALS.QUIT, SIGNALS.WINCH]) {
        proc.sigaction(s, (n) => {
          signal = n
        })
      }
      proc.thread('listen', serveNothing(proc, server.port))
      for (;;) {
        try {
          yield* proc.pause()
        } catch (error) {
          if (!(error instanceof Errno)) throw error
          if (signal !== 0) return 0
        }
      }
    },
  }
}

function images(server: Server): Image[] {
  const own = program(server)
  return server.releases.map((tags) => ({
    references: tags.map((tag) => `${server.repository ?? `docker.io/library/${server.name}`}:${tag}`),
    config: {
      ...(server.entrypoint === undefined ? {} : { entrypoint: server.entrypoint }),
      cmd: server.command,
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `${server.name.toUpperCase()}_VERSION=${tags[0] ?? ''}`],
      exposedPorts: [`${server.port}/tcp`],
      ...(server.stopSignal === undefined ? {} : { stopSignal: server.stopSignal }),
    },
    layers: [
      layer("# debian.sh --arch 'amd64' out/ 'bookworm'", 28_200_000, () => [
        ...busyboxFiles(DEBIAN),
        binary('/bin/bash', 'bash/bash', 1_265_648),
      ]),
      layer(`RUN install ${server.name}`, server.sizeBytes - 28_200_000, () => [
        folder('/usr/local'),
        folder('/usr/local/bin'),
        ...(server.folders ?? []).map((path) => folder(path)),
        binary(server.path, own.name, 4_000_000),
      ]),
    ],
    programs: [own],
  }))
}

export const servers: readonly Image[] = SERVERS.flatMap(images)
