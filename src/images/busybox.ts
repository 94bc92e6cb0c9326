import { accountFiles, BUSYBOX } from './accounts.ts'
import { baseFiles, binary, layer, symlink, text } from './layer.ts'
import type { Image, LayerEntry } from './types.ts'

/** Applets of busybox and the program of the model that plays each. */
const APPLETS: Readonly<Record<string, string>> = {
  sh: 'busybox/sh',
  ash: 'busybox/sh',
  ...Object.fromEntries(
    `[ basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false fold head hostname id install ln ls md5sum mkdir mkfifo
     mktemp mv nl nproc od paste printenv printf pwd readlink realpath rm rmdir seq sha1sum sha256sum sha512sum sleep sort split stat stty sync tac
     tail tee test timeout touch tr true truncate tty uname uniq unlink wc whoami who yes`
      .split(/\s+/)
      .map((name) => [name, `coreutils/${name}`]),
  ),
  find: 'findutils/find',
  xargs: 'findutils/xargs',
  grep: 'grep/grep',
  egrep: 'grep/egrep',
  fgrep: 'grep/fgrep',
  sed: 'sed/sed',
  awk: 'mawk/mawk',
  diff: 'diffutils/diff',
  cmp: 'diffutils/cmp',
  tar: 'tar/tar',
  gzip: 'gzip/gzip',
  gunzip: 'gzip/gunzip',
  zcat: 'gzip/zcat',
  ps: 'busybox/ps',
  top: 'procps/top',
  free: 'procps/free',
  uptime: 'procps/uptime',
  kill: 'procps/kill',
  pgrep: 'procps/pgrep',
  pkill: 'procps/pkill',
  pidof: 'procps/pidof',
  watch: 'procps/watch',
  sysctl: 'procps/sysctl',
  killall: 'psmisc/killall',
  fuser: 'psmisc/fuser',
  pstree: 'psmisc/pstree',
  mount: 'mount/mount',
  umount: 'mount/umount',
  unshare: 'util-linux/unshare',
  nsenter: 'util-linux/nsenter',
  dmesg: 'util-linux/dmesg',
  ip: 'iproute2/ip',
  ping: 'iputils/ping',
  nslookup: 'bind9-dnsutils/nslookup',
  wget: 'wget/wget',
  nc: 'netcat/nc',
  netstat: 'net-tools/netstat',
  ifconfig: 'net-tools/ifconfig',
  traceroute: 'traceroute/traceroute',
  less: 'less/less',
  more: 'util-linux/more',
  clear: 'ncurses/clear',
  chroot: 'coreutils/chroot',
}

/** Entries that make a busybox userland. */
export function busyboxFiles(accounts = BUSYBOX): LayerEntry[] {
  return [
    ...baseFiles(),
    ...accountFiles(accounts),
    ...Object.entries(APPLETS).map(([name, program]) => binary(`/bin/${name}`, program, 1_200_000)),
    symlink('/usr/bin/env', '/bin/env'),
    text('/etc/hostname', 'localhost\n'),
  ]
}

function release(tag: string, more: readonly string[]): Image {
  return {
    references: [tag, ...more].map((t) => `docker.io/library/busybox:${t}`),
    config: { cmd: ['sh'], env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    layers: [layer('BusyBox (glibc), Debian 13', 2_224_000, () => busyboxFiles())],
    programs: [],
  }
}

export const busybox = [
  release('1.37', ['latest', '1.37.0', 'stable', '1']),
  release('1.36', ['1.36.1']),
  release('1.35', ['1.35.0']),
  release('1.28', ['1.28.4']),
]
