/** Images of distributions and toolboxes: a shell and its tools. */
import { ALPINE as ALPINE_ACCOUNTS, DEBIAN as DEBIAN_ACCOUNTS } from './accounts.ts'
import { busyboxFiles } from './busybox.ts'
import { binary, layer, text } from './layer.ts'
import type { Image, LayerEntry } from './types.ts'

interface System {
  readonly repository: string
  readonly command: readonly string[]
  readonly sizeBytes: number
  readonly release: string
  /** Tags of each release, the full version first. */
  readonly releases: readonly (readonly string[])[]
  readonly tools?: readonly (readonly [path: string, program: string])[]
}

const BASH = ['/bin/bash', 'bash/bash'] as const
const CURL = ['/usr/bin/curl', 'curl/curl'] as const
/** os-release of Debian 13. */
export const DEBIAN =
  'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n'
const UBUNTU =
  'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION="24.04.3 LTS (Noble Numbat)"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\n'
const ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.2\nPRETTY_NAME="Alpine Linux v3.22"\n'

const SYSTEMS: readonly System[] = [
  {
    repository: 'docker.io/library/alpine',
    command: ['/bin/sh'],
    sizeBytes: 3_800_000,
    release: ALPINE,
    releases: [
      ['3.22.2', 'latest', '3.22', '3'],
      ['3.21.5', '3.21'],
      ['3.20.8', '3.20'],
      ['3.19.9', '3.19'],
      ['3.18.12', '3.18'],
    ],
  },
  {
    repository: 'docker.io/library/debian',
    command: ['bash'],
    sizeBytes: 49_300_000,
    release: DEBIAN,
    releases: [
      ['13.2', 'latest', '13', 'trixie', 'stable', 'trixie-slim', 'stable-slim'],
      ['12.12', '12', 'bookworm', 'bookworm-slim'],
    ],
    tools: [BASH],
  },
  {
    repository: 'docker.io/library/ubuntu',
    command: ['/bin/bash'],
    sizeBytes: 29_700_000,
    release: UBUNTU,
    releases: [
      ['24.04', 'latest', 'noble'],
      ['22.04', 'jammy'],
    ],
    tools: [BASH],
  },
  {
    repository: 'docker.io/curlimages/curl',
    command: ['curl'],
    sizeBytes: 9_800_000,
    release: ALPINE,
    releases: [['8.17.0', 'latest']],
    tools: [CURL],
  },
  {
    repository: 'docker.io/nicolaka/netshoot',
    command: ['/bin/bash'],
    sizeBytes: 200_000_000,
    release: ALPINE,
    releases: [['v0.14', 'latest']],
    tools: [
      BASH,
      CURL,
      ['/usr/bin/dig', 'bind9-dnsutils/dig'],
      ['/usr/bin/tcpdump', 'tcpdump/tcpdump'],
      ['/usr/bin/strace', 'strace/strace'],
      ['/usr/bin/jq', 'jq/jq'],
      ['/usr/sbin/conntrack', 'conntrack/conntrack'],
      ['/sbin/ip', 'iproute2/ip'],
      ['/sbin/ss', 'iproute2/ss'],
    ],
  },
  {
    repository: 'docker.io/library/python',
    command: ['python3'],
    sizeBytes: 410_000_000,
    release: DEBIAN,
    releases: [
      ['3.14.0', 'latest', '3.14', '3', '3-slim', 'slim', 'alpine'],
      ['3.12.12', '3.12', '3.12-slim'],
    ],
    tools: [BASH, ['/usr/local/bin/python3', 'python3/python3'], ['/usr/local/bin/python', 'python3/python3']],
  },
]

function files(system: System): LayerEntry[] {
  return [
    ...busyboxFiles(system.release === ALPINE ? ALPINE_ACCOUNTS : DEBIAN_ACCOUNTS),
    text('/etc/os-release', system.release),
    ...(system.tools ?? []).map(([path, program]) => binary(path, program, 1_200_000)),
  ]
}

export const systems: readonly Image[] = SYSTEMS.flatMap((system) =>
  system.releases.map((tags) => ({
    references: tags.map((tag) => `${system.repository}:${tag}`),
    config: { cmd: system.command, env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    layers: [layer('ADD rootfs.tar.xz / # buildkit', system.sizeBytes, () => files(system))],
    programs: [],
  })),
)
