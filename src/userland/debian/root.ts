import { elf } from '#linux/elf.ts'
import { CAP, capBit, encodeFileCaps, type FileCaps } from '#linux/process/capability.ts'
import { alternativeFiles } from './alternatives.ts'
import {
  groupFile,
  gshadowFile,
  LOGIN_DEFS,
  MOTD,
  OS_RELEASE,
  OS_RELEASE_13,
  type Person,
  passwdFile,
  SMALL_FILES,
  shadowFile,
} from './etc.ts'
import { EXECUTABLES, LAPTOP_EXECUTABLES, LAPTOP_LINKS, LIBRARIES, LINKS } from './installed.ts'
import { PROTOCOLS, SERVICES } from './netbase.ts'
import { BASH_BASHRC, PROFILE, ROOT_BASHRC, ROOT_PROFILE, SKEL_BASHRC, SKEL_LOGOUT, SKEL_PROFILE } from './startup-files.ts'
import { dir, file, link, type TreeEntry } from './tree.ts'
import { ALL_UNITS, STARTED_AT_BOOT, TARGETS, UNITS } from './units.ts'

export interface DebianOptions {
  readonly hostname: string
  /** `bare`: the virtual machine of the recordings; `node`: a kind node (Debian 13 by its own words); `laptop`: the reader's. */
  readonly variant: 'bare' | 'node' | 'laptop'
  readonly people?: readonly Person[]
  /** Lines for /etc/hosts after the usual ones. */
  readonly hosts?: readonly string[]
  readonly nameservers?: readonly string[]
  /** 32 hexadecimal digits of /etc/machine-id. */
  readonly machineId?: string
}

const INTERP = '/lib64/ld-linux-x86-64.so.2'

/** Folder of the programs of a Debian package, where it is not the package's name. */
const FOLDER: Record<string, string> = {
  mount: 'util-linux',
  bsdutils: 'util-linux',
  bsdextrautils: 'util-linux',
  'util-linux-extra': 'util-linux',
  'systemd-sysv': 'systemd',
  udev: 'systemd',
  'bind9-host': 'bind9-dnsutils',
  'vim-tiny': 'vim',
  'python3.11-minimal': 'python3',
  passwd: 'login',
  'iputils-arping': 'iputils',
  'iputils-ping': 'iputils',
  'iputils-tracepath': 'iputils',
}

/** An executable of Debian: ELF header with the program's name, the loader and the libraries. */
export function executable(
  path: string,
  program: string,
  needed: readonly string[] = ['libc.so.6'],
  size = 35_000,
  mode = 0o755,
): TreeEntry {
  return file(path, elf({ program, interp: INTERP, needed }), mode, 0, 0, size)
}

/** Names of installed packages, from the list of executables. */
export function installedPackages(laptop = false): string[] {
  return `${EXECUTABLES}${laptop ? LAPTOP_EXECUTABLES : ''}`
    .split('\n')
    .filter((line) => line.endsWith(':'))
    .map((line) => line.slice(0, -1))
}

/** What postinst scripts of Debian set with setcap(8). */
const FILE_CAPABILITIES: Readonly<Record<string, FileCaps>> = {
  '/usr/bin/ping': { permitted: capBit(CAP.net_raw), inheritable: 0n, effective: true },
}

const BASENAME = 'cmd=$\x7b0##*/}'

/** Executables that are shell scripts. */
const SCRIPTS: Readonly<Record<string, string>> = {
  '/usr/bin/egrep': `#!/bin/sh\n${BASENAME}\nexec grep -E "$@"\n`,
  '/usr/bin/fgrep': `#!/bin/sh\n${BASENAME}\nexec grep -F "$@"\n`,
  '/usr/bin/rgrep': '#!/bin/sh\n\nexec grep -r "$@"\n',
}

function executables(list: string): TreeEntry[] {
  const out: TreeEntry[] = []
  let folder = ''
  for (const line of list.split('\n')) {
    if (line === '') continue
    if (line.endsWith(':')) {
      const name = line.slice(0, -1)
      folder = FOLDER[name] ?? name
      continue
    }
    const [where = '', name = '', size = '', mode = '', ...needed] = line.split(' ')
    const path = `/usr/${where}/${name}`
    const script = SCRIPTS[path]
    if (script !== undefined) {
      out.push(file(path, script, Number.parseInt(mode, 8)))
      continue
    }
    const entry = executable(path, `${folder}/${name}`, needed, Number(size), Number.parseInt(mode, 8))
    const caps = FILE_CAPABILITIES[entry.path]
    out.push(caps === undefined ? entry : { ...entry, xattrs: { 'security.capability': encodeFileCaps(caps) } })
  }
  return out
}

const LIB = '/usr/lib/x86_64-linux-gnu'

function libraries(): TreeEntry[] {
  const out: TreeEntry[] = [dir(LIB)]
  for (const line of LIBRARIES.split('\n')) {
    if (line === '') continue
    const [soname = '', name = '', size = '', ...needed] = line.split(' ')
    const where =
      soname === 'ld-linux-x86-64.so.2' ? ([`${LIB}/ld-linux-x86-64.so.2`, true] as const) : ([`${LIB}/${name}`, false] as const)
    out.push(file(where[0], elf({ soname, needed }), where[1] ? 0o755 : 0o644, 0, 0, Number(size)))
    if (name !== soname && !where[1]) out.push(link(`${LIB}/${soname}`, name))
  }
  out.push(dir('/usr/lib64'), link('/usr/lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'))
  return out
}

const DIRECTORIES = `/boot /dev /etc /home /media /mnt /opt /srv /usr /usr/bin /usr/sbin /usr/games /usr/include /usr/lib /usr/lib/systemd
/usr/lib/systemd/system /usr/lib/apt /usr/lib/dpkg /usr/lib/locale /usr/lib/modules /usr/lib/os-release.d /usr/lib/ssl /usr/lib/terminfo
/usr/lib/tmpfiles.d /usr/lib/udev /usr/lib/locale/C.utf8 /usr/libexec /usr/local /usr/local/bin /usr/local/etc /usr/local/games
/usr/local/include /usr/local/lib /usr/local/sbin /usr/local/share /usr/local/src /usr/share /usr/share/doc /usr/share/man /usr/share/misc
/usr/share/zoneinfo /usr/src /var /var/backups /var/cache /var/cache/apt /var/cache/apt/archives /var/cache/debconf /var/lib /var/lib/apt
/var/lib/apt/lists /var/lib/dpkg /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/alternatives /var/lib/misc /var/lib/systemd
/var/log /var/log/apt /var/opt /var/spool /var/spool/cron /etc/alternatives /etc/apt /etc/apt/apt.conf.d /etc/apt/sources.list.d
/etc/apt/preferences.d /etc/apt/trusted.gpg.d /etc/cron.d /etc/cron.daily /etc/cron.hourly /etc/cron.monthly /etc/cron.weekly /etc/default
/etc/dpkg /etc/init.d /etc/iproute2 /etc/kernel /etc/ld.so.conf.d /etc/logrotate.d /etc/modules-load.d /etc/network /etc/opt /etc/pam.d
/etc/profile.d /etc/security /etc/selinux /etc/skel /etc/ssh /etc/ssh/ssh_config.d /etc/ssh/sshd_config.d /etc/ssl /etc/ssl/certs
/etc/sysctl.d /etc/systemd /etc/systemd/system /etc/systemd/network /etc/terminfo /etc/tmpfiles.d /etc/udev /etc/update-motd.d /etc/xdg`

function directories(): TreeEntry[] {
  return [
    dir('/'),
    ...DIRECTORIES.split(/\s+/).map((path) => dir(path)),
    dir('/proc', 0o555),
    dir('/sys', 0o555),
    dir('/run'),
    dir('/root', 0o700),
    dir('/tmp', 0o1777),
    dir('/lost+found', 0o700),
    dir('/var/tmp', 0o1777),
    dir('/var/mail', 0o2775, 0, 8),
    dir('/var/local', 0o2775, 0, 50),
    dir('/var/log/journal', 0o2755, 0, 999),
    dir('/var/log/private', 0o700),
    dir('/var/cache/apt/archives/partial', 0o700, 42, 0),
    dir('/var/lib/apt/lists/partial', 0o700, 42, 0),
    dir('/var/spool/cron/crontabs', 0o1730, 0, 101),
    dir('/root/.ssh', 0o700),
    dir('/etc/ssl/private', 0o710),
    link('/bin', 'usr/bin'),
    link('/sbin', 'usr/sbin'),
    link('/lib', 'usr/lib'),
    link('/lib64', 'usr/lib64'),
    link('/var/run', '/run'),
    link('/var/lock', '/run/lock'),
    link('/var/spool/mail', '../mail'),
  ]
}

const KERNEL = '6.1.0-50-cloud-amd64'

function bootFiles(): TreeEntry[] {
  return [
    file(`/boot/vmlinuz-${KERNEL}`, '', 0o644, 0, 0, 8_234_000),
    file(`/boot/initrd.img-${KERNEL}`, '', 0o644, 0, 0, 22_100_000),
    file(`/boot/config-${KERNEL}`, '', 0o644, 0, 0, 180_000),
    file(`/boot/System.map-${KERNEL}`, '', 0o600, 0, 0, 83),
    link('/vmlinuz', `boot/vmlinuz-${KERNEL}`),
    link('/vmlinuz.old', `boot/vmlinuz-${KERNEL}`),
    link('/initrd.img', `boot/initrd.img-${KERNEL}`),
    link('/initrd.img.old', `boot/initrd.img-${KERNEL}`),
    dir(`/usr/lib/modules/${KERNEL}`),
  ]
}

/** Units of a kind node: what its image does not mask. */
const NODE_UNITS = ['systemd-journald.service']

function units(variant: DebianOptions['variant']): TreeEntry[] {
  const out: TreeEntry[] = [dir('/etc/systemd/system/multi-user.target.wants'), dir('/etc/systemd/system/getty.target.wants')]
  if (variant === 'node') {
    for (const unit of [...UNITS, ...TARGETS])
      if (NODE_UNITS.includes(unit.name) || TARGETS.includes(unit)) out.push(file(`/usr/lib/systemd/system/${unit.name}`, unit.text))
    return out
  }
  for (const unit of ALL_UNITS) out.push(file(`/usr/lib/systemd/system/${unit.name}`, unit.text))
  out.push(link('/usr/lib/systemd/system/default.target', 'graphical.target'), dir('/etc/systemd/system/timers.target.wants'))
  for (const unit of ALL_UNITS) {
    if (unit.name.endsWith('.timer'))
      out.push(link(`/etc/systemd/system/timers.target.wants/${unit.name}`, `/lib/systemd/system/${unit.name}`))
  }
  for (const unit of UNITS) {
    if (unit.enabled && STARTED_AT_BOOT.includes(unit.name)) {
      out.push(link(`/etc/systemd/system/multi-user.target.wants/${unit.name}`, `/lib/systemd/system/${unit.name}`))
    }
  }
  out.push(link('/etc/systemd/system/getty.target.wants/getty@tty1.service', '/lib/systemd/system/getty@.service'))
  return out
}

const LOGS = 'alternatives.log bootstrap.log dpkg.log'

function home(person: Person): TreeEntry[] {
  const at = `/home/${person.name}`
  const { uid } = person
  return [
    dir(at, 0o755, uid, uid),
    file(`${at}/.bashrc`, SKEL_BASHRC, 0o644, uid, uid),
    file(`${at}/.profile`, SKEL_PROFILE, 0o644, uid, uid),
    file(`${at}/.bash_logout`, SKEL_LOGOUT, 0o644, uid, uid),
  ]
}

/** Versions and descriptions of packages, where they are not to be guessed. */
const KNOWN: Readonly<Record<string, readonly [string, string, string]>> = {
  adduser: ['3.134', 'all', 'add and remove users and groups'],
  apt: ['2.6.1', 'amd64', 'commandline package manager'],
  bash: ['5.2.15-2+b13', 'amd64', 'GNU Bourne Again SHell'],
  coreutils: ['9.1-1', 'amd64', 'GNU core utilities'],
  curl: ['7.88.1-10+deb12u15', 'amd64', 'command line tool for transferring data with URL syntax'],
  dpkg: ['1.21.22', 'amd64', 'Debian package management system'],
  grep: ['3.8-5', 'amd64', 'GNU grep, egrep and fgrep'],
  iproute2: ['6.1.0-3', 'amd64', 'networking and traffic control tools'],
  iptables: ['1.8.9-2', 'amd64', 'administration tools for packet filtering and NAT'],
  procps: ['2:4.0.2-3', 'amd64', '/proc file system utilities'],
  systemd: ['252.39-1~deb12u2', 'amd64', 'system and service manager'],
  'man-db': ['2.11.2-2', 'amd64', 'tools for reading manual pages'],
  ncal: ['12.1.8', 'amd64', 'display a calendar and the date of Easter'],
  'util-linux': ['2.38.1-5+deb12u3', 'amd64', 'miscellaneous system utilities'],
}

/** Packages without a program of their own: version, architecture, description. */
const LIBRARY_PACKAGES: Readonly<Record<string, readonly [string, string, string]>> = {
  'libpython3.11-stdlib': ['3.11.2-6+deb12u6', 'amd64', 'Interactive high-level object-oriented language (standard library, version 3.11)'],
  librtmp1: ['2.4+20151223.gitfa8646d.1-2+b2', 'amd64', 'toolkit for RTMP streams (shared library)'],
  'linux-image-6.1.0-50-cloud-amd64': ['6.1.176-1', 'amd64', 'Linux 6.1 for x86-64 cloud (signed)'],
}

function dpkgStatus(laptop: boolean): string {
  return [...new Set([...installedPackages(laptop), ...Object.keys(LIBRARY_PACKAGES)])]
    .sort()
    .map((name) => {
      const [version, arch, description] = KNOWN[name] ?? LIBRARY_PACKAGES[name] ?? ['12', 'amd64', `${name} of Debian 12`]
      return `Package: ${name}\nStatus: install ok installed\nPriority: optional\nSection: admin\nArchitecture: ${arch}\nVersion: ${version}\nDescription: ${description}\n`
    })
    .join('\n')
}

/** /var/lib/dpkg/info/PACKAGE.list: the files of each package. */
function fileLists(laptop: boolean): TreeEntry[] {
  const lists = new Map<string, string[]>()
  let name = ''
  for (const line of `${EXECUTABLES}${laptop ? LAPTOP_EXECUTABLES : ''}`.split('\n')) {
    if (line.endsWith(':')) name = line.slice(0, -1)
    else if (line !== '') lists.set(name, [...(lists.get(name) ?? ['/.', '/usr']), `/usr/${line.split(' ').slice(0, 2).join('/')}`])
  }
  for (const pkg of Object.keys(LIBRARY_PACKAGES)) lists.set(pkg, ['/.', '/usr', '/usr/share', '/usr/share/doc', `/usr/share/doc/${pkg}`])
  return [...lists].map(([pkg, files]) => file(`/var/lib/dpkg/info/${pkg}.list`, `${files.join('\n')}\n`))
}

interface Installed {
  /** Programs, libraries and their links. */
  readonly files: readonly TreeEntry[]
  /** What dpkg knows of them. */
  readonly dpkg: readonly TreeEntry[]
}

const installed = new Map<boolean, Installed>()

/** What every machine has, and what the laptop has besides, made once. */
function common(laptop: boolean): Installed {
  const known = installed.get(laptop)
  if (known !== undefined) return known
  const base = laptop ? common(false).files : [...executables(EXECUTABLES), ...libraries(), ...links(LINKS)]
  const made = {
    files: laptop
      ? [...base, ...executables(LAPTOP_EXECUTABLES), ...links(LAPTOP_LINKS), executable('/usr/local/bin/yq', 'yq/yq', [], 10_600_000)]
      : base,
    dpkg: [file('/var/lib/dpkg/status', dpkgStatus(laptop)), ...fileLists(laptop)],
  }
  installed.set(laptop, made)
  return made
}

function links(list: string): TreeEntry[] {
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', target = ''] = line.split(' ')
      return link(path, target)
    })
}

/** The root file system of a Debian 12 machine, parents before children. Sources: base-files, base-passwd, the packages' file lists. */
export function debianRoot(options: DebianOptions): TreeEntry[] {
  const people = options.people ?? [{ name: 'learner', uid: 1000, groups: ['sudo'] }]
  const node = options.variant === 'node'
  const laptop = options.variant === 'laptop'
  const hosts = [
    '127.0.0.1\tlocalhost',
    ...(options.hosts ?? [`127.0.1.1\t${options.hostname}`]),
    '',
    '::1     localhost ip6-localhost ip6-loopback',
    'ff02::1 ip6-allnodes',
    'ff02::2 ip6-allrouters',
  ]
  const nameservers = options.nameservers ?? ['10.0.2.3']
  const release = node ? OS_RELEASE_13 : OS_RELEASE
  return [
    ...directories(),
    ...(options.variant === 'bare' ? bootFiles() : []),
    ...common(laptop).files,
    ...SMALL_FILES.map(([path, content]) => file(path, node && path === '/etc/debian_version' ? '13.5\n' : content)),
    file('/etc/passwd', passwdFile(people)),
    file('/etc/group', groupFile(people)),
    file('/etc/shadow', shadowFile(people), 0o640, 0, 42),
    file('/etc/gshadow', gshadowFile(people), 0o640, 0, 42),
    file('/etc/hostname', `${options.hostname}\n`),
    file('/etc/hosts', `${hosts.join('\n')}\n`),
    file('/etc/resolv.conf', nameservers.map((ns) => `nameserver ${ns}\n`).join('')),
    file('/etc/fstab', options.variant === 'bare' ? '/dev/vda / ext4 errors=remount-ro 0 1\n' : '# UNCONFIGURED FSTAB FOR BASE SYSTEM\n'),
    file('/usr/lib/os-release', release),
    link('/etc/os-release', '../usr/lib/os-release'),
    file('/etc/machine-id', `${options.machineId ?? 'f2616d61d743497c9eed803790ff5443'}\n`, 0o444),
    link('/etc/localtime', '/usr/share/zoneinfo/Etc/UTC'),
    dir('/usr/share/zoneinfo/Etc'),
    file('/usr/share/zoneinfo/Etc/UTC', 'TZif2', 0o644, 0, 0, 114),
    file('/etc/login.defs', LOGIN_DEFS),
    file('/etc/motd', MOTD),
    file('/etc/services', SERVICES),
    file('/etc/protocols', PROTOCOLS),
    file('/etc/bash.bashrc', BASH_BASHRC),
    file('/etc/profile', PROFILE),
    file('/etc/subuid', people.map((p, i) => `${p.name}:${100_000 + i * 65_536}:65536\n`).join('')),
    file('/etc/subgid', people.map((p, i) => `${p.name}:${100_000 + i * 65_536}:65536\n`).join('')),
    link('/etc/mtab', '../proc/self/mounts'),
    file('/etc/skel/.bashrc', SKEL_BASHRC),
    file('/etc/skel/.profile', SKEL_PROFILE),
    file('/etc/skel/.bash_logout', SKEL_LOGOUT),
    file('/root/.bashrc', ROOT_BASHRC),
    file('/root/.profile', ROOT_PROFILE),
    file(
      '/etc/sudoers',
      'Defaults\tenv_reset\nDefaults\tmail_badpass\nDefaults\tsecure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n',
      0o440,
    ),
    file('/etc/ld.so.cache', 'glibc-ld.so.cache1.1', 0o644, 0, 0, 17_000),
    ...units(options.variant),
    ...LOGS.split(' ').map((name) => file(`/var/log/${name}`, '')),
    file('/var/log/auth.log', '', 0o640, 0, 4),
    file('/var/log/syslog', '', 0o640, 0, 4),
    file('/var/log/kern.log', '', 0o640, 0, 4),
    file('/var/log/cron.log', '', 0o640, 0, 4),
    file('/var/log/wtmp', '', 0o664, 0, 43),
    file('/var/log/btmp', '', 0o660, 0, 43),
    file('/var/log/lastlog', '', 0o664, 0, 43),
    file('/var/log/faillog', ''),
    // kind's node image has its lists removed.
    ...(node ? [] : [file('/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages', '')]),
    ...common(laptop).dpkg,
    ...alternativeFiles(laptop),
    file('/var/lib/dpkg/available', ''),
    file('/var/lib/dpkg/diversions', ''),
    file('/var/lib/dpkg/statoverride', ''),
    ...people.flatMap(home),
  ]
}
