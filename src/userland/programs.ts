import type { Program } from '#linux/syscalls.ts'
import { programs as apt } from './apt/index.ts'
import { programs as attr } from './attr/index.ts'
import { programs as bc } from './bc/index.ts'
import { programs as bind9 } from './bind9-dnsutils/index.ts'
import { programs as bridgeUtils } from './bridge-utils/index.ts'
import { programs as busybox } from './busybox/index.ts'
import { programs as conntrack } from './conntrack/index.ts'
import { programs as coreutils } from './coreutils/index.ts'
import { programs as cron } from './cron/index.ts'
import { programs as curl } from './curl/index.ts'
import { programs as debianutils } from './debianutils/index.ts'
import { programs as diffutils } from './diffutils/index.ts'
import { programs as e2fsprogs } from './e2fsprogs/index.ts'
import { programs as file } from './file/index.ts'
import { programs as findutils } from './findutils/index.ts'
import { programs as grep } from './grep/index.ts'
import { programs as gzip } from './gzip/index.ts'
import { programs as hostname } from './hostname/index.ts'
import { programs as iproute2 } from './iproute2/index.ts'
import { programs as iptables } from './iptables/index.ts'
import { programs as iputils } from './iputils/index.ts'
import { programs as jq } from './jq/index.ts'
import { programs as less } from './less/index.ts'
import type { DefinedProgram, ProgramDefinition } from './lib/program.ts'
import { programs as libcBin } from './libc-bin/index.ts'
import { programs as libcap } from './libcap/index.ts'
import { programs as login } from './login/index.ts'
import { programs as mawk } from './mawk/index.ts'
import { programs as nano } from './nano/index.ts'
import { programs as ncal } from './ncal/index.ts'
import { programs as ncursesBin } from './ncurses-bin/index.ts'
import { programs as netTools } from './net-tools/index.ts'
import { programs as netcat } from './netcat-openbsd/index.ts'
import { programs as nftables } from './nftables/index.ts'
import { programs as openssh } from './openssh-client/index.ts'
import { optionTexts } from './option-texts/index.ts'
import { programs as procps } from './procps/index.ts'
import { programs as psmisc } from './psmisc/index.ts'
import { programs as python3 } from './python3/index.ts'
import { programs as sed } from './sed/index.ts'
import { programs as shell } from './shell/index.ts'
import { programs as strace } from './strace/index.ts'
import { programs as sudo } from './sudo/index.ts'
import { programs as systemd } from './systemd/index.ts'
import { programs as tar } from './tar/index.ts'
import { programs as tcpdump } from './tcpdump/index.ts'
import { programs as tree } from './tree/index.ts'
import { programs as utilLinuxMount } from './util-linux-mount/index.ts'
import { programs as utilLinuxNs } from './util-linux-ns/index.ts'
import { programs as utilLinuxText } from './util-linux-text/index.ts'
import { programs as vim } from './vim/index.ts'
import { programs as wget } from './wget/index.ts'

/** All packages that have programs. */
const PACKAGES: readonly (readonly Program[])[] = [
  busybox,
  wget,
  apt,
  attr,
  file,
  less,
  login,
  nano,
  ncursesBin,
  strace,
  sudo,
  tree,
  utilLinuxText,
  bind9,
  tcpdump,
  python3,
  netTools,
  bridgeUtils,
  netcat,
  libcBin,
  iputils,
  iptables,
  nftables,
  iproute2,
  curl,
  conntrack,
  libcap,
  procps,
  psmisc,
  utilLinuxNs,
  coreutils,
  tar,
  vim,
  gzip,
  diffutils,
  debianutils,
  hostname,
  findutils,
  sed,
  jq,
  bc,
  cron,
  openssh,
  ncal,
  mawk,
  grep,
  shell,
  systemd,
  e2fsprogs,
  utilLinuxMount,
]

const isDefined = (p: Program): p is DefinedProgram => 'definition' in p

/** The program, whose `--help` says what its options do. */
function described(p: Program): Program {
  if (!isDefined(p)) return p
  const { name, definition } = p
  const made: DefinedProgram = { name, definition, main: (proc) => p.main(proc, optionTexts(base(name))) }
  return made
}

const ALL = PACKAGES.flatMap((programs) => programs.map(described))
const BY_NAME = new Map(ALL.map((p) => [p.name, p]))
const BY_BASE = new Map(ALL.map((p) => [base(p.name), p]))

function base(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** The program an executable's header names, `coreutils/ls`. A program filed under another package is found by its own name. */
export function program(name: string): Program | undefined {
  return BY_NAME.get(name) ?? BY_BASE.get(base(name))
}

/** How a program reads its command line, by its own name (`ls`); undefined when it does so by itself. */
export function definitionOf(name: string): ProgramDefinition | undefined {
  const p = BY_BASE.get(name)
  return p !== undefined && isDefined(p) ? p.definition : undefined
}

/** Names of all programs, for tests and listings. */
export function names(): string[] {
  return [...BY_NAME.keys()].sort()
}
