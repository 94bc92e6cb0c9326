/** Files of /etc that depend on nothing but the machine's name and variant. */

export const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`

/** The nodes of the cluster say they are Debian 13 (recordings of `golden/k8s`). */
export const OS_RELEASE_13 = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
DEBIAN_VERSION_FULL=13.5
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`

/** name:uid:gid:gecos:home:shell of the system accounts. Source: base-passwd 3.6. */
const USERS = `root:0:0:root:/root:/bin/bash
daemon:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:2:2:bin:/bin:/usr/sbin/nologin
sys:3:3:sys:/dev:/usr/sbin/nologin
sync:4:65534:sync:/bin:/bin/sync
games:5:60:games:/usr/games:/usr/sbin/nologin
man:6:12:man:/var/cache/man:/usr/sbin/nologin
lp:7:7:lp:/var/spool/lpd:/usr/sbin/nologin
mail:8:8:mail:/var/mail:/usr/sbin/nologin
news:9:9:news:/var/spool/news:/usr/sbin/nologin
uucp:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin
proxy:13:13:proxy:/bin:/usr/sbin/nologin
www-data:33:33:www-data:/var/www:/usr/sbin/nologin
backup:34:34:backup:/var/backups:/usr/sbin/nologin
list:38:38:Mailing List Manager:/var/list:/usr/sbin/nologin
irc:39:39:ircd:/run/ircd:/usr/sbin/nologin
_apt:42:65534::/nonexistent:/usr/sbin/nologin
nobody:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
systemd-network:998:998:systemd Network Management:/:/usr/sbin/nologin
messagebus:100:107::/nonexistent:/usr/sbin/nologin
sshd:101:65534::/run/sshd:/usr/sbin/nologin`

const GROUPS = `root:0 daemon:1 bin:2 sys:3 adm:4 tty:5 disk:6 lp:7 mail:8 news:9 uucp:10 man:12 proxy:13 kmem:15 dialout:20 fax:21 voice:22
cdrom:24 floppy:25 tape:26 sudo:27 audio:29 dip:30 www-data:33 backup:34 operator:37 list:38 irc:39 src:40 shadow:42 utmp:43 video:44
sasl:45 plugdev:46 staff:50 games:60 users:100 nogroup:65534 systemd-journal:999 systemd-network:998 crontab:101 input:102 sgx:103
kvm:104 render:105 netdev:106 messagebus:107 _ssh:108`

/** An ordinary user of the machine. */
export interface Person {
  readonly name: string
  readonly uid: number
  /** Further groups. */
  readonly groups?: readonly string[]
  readonly shell?: string
}

export function passwdFile(people: readonly Person[]): string {
  const system = USERS.split('\n').map((line) => line.replace(':', ':x:'))
  const own = people.map((p) => `${p.name}:x:${p.uid}:${p.uid}::/home/${p.name}:${p.shell ?? '/bin/bash'}`)
  return `${[...system, ...own].join('\n')}\n`
}

export function groupFile(people: readonly Person[]): string {
  const system = GROUPS.split(/\s+/).map((entry) => {
    const [name = '', gid = ''] = entry.split(':')
    const members = people.filter((p) => p.groups?.includes(name)).map((p) => p.name)
    return `${name}:x:${gid}:${members.join(',')}`
  })
  const known = new Set(system.map((line) => line.split(':')[0]))
  const more = [...new Set(people.flatMap((p) => p.groups ?? []))].filter((g) => !known.has(g))
  const extra = more.map(
    (g, i) =>
      `${g}:x:${990 + i}:${people
        .filter((p) => p.groups?.includes(g))
        .map((p) => p.name)
        .join(',')}`,
  )
  return `${[...system, ...extra, ...people.map((p) => `${p.name}:x:${p.uid}:`)].join('\n')}\n`
}

export function shadowFile(people: readonly Person[]): string {
  const names = USERS.split('\n').map((line) => line.split(':')[0] ?? '')
  const locked = names.map(
    (name) => `${name}:${name === 'root' || !/^(systemd|messagebus|sshd)/.test(name) ? '*' : '!'}:20000:0:99999:7:::`,
  )
  return `${[...locked, ...people.map((p) => `${p.name}:!:20000:0:99999:7:::`)].join('\n')}\n`
}

export function gshadowFile(people: readonly Person[]): string {
  return groupFile(people)
    .split('\n')
    .map((line) => line.replace(/^([^:]*):x:\d+:(.*)$/, '$1:*::$2'))
    .join('\n')
}

export const LOGIN_DEFS = `MAIL_DIR        /var/mail
FAILLOG_ENAB		yes
LOG_UNKFAIL_ENAB	no
LOG_OK_LOGINS		no
SYSLOG_SU_ENAB		yes
SYSLOG_SG_ENAB		yes
FTMP_FILE	/var/log/btmp
SU_NAME		su
HUSHLOGIN_FILE	.hushlogin
ENV_SUPATH	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV_PATH	PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games
TTYGROUP	tty
TTYPERM		0600
ERASECHAR	0177
KILLCHAR	025
UMASK		022
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0
PASS_WARN_AGE	7
UID_MIN			 1000
UID_MAX			60000
GID_MIN			 1000
GID_MAX			60000
LOGIN_RETRIES		5
LOGIN_TIMEOUT		60
DEFAULT_HOME	yes
USERGROUPS_ENAB yes
ENCRYPT_METHOD SHA512
`

export const MOTD = `
The programs included with the Debian GNU/Linux system are free software;
the exact distribution terms for each program are described in the
individual files in /usr/share/doc/*/copyright.

Debian GNU/Linux comes with ABSOLUTELY NO WARRANTY, to the extent
permitted by applicable law.
`

/** Small files: path, content. */
export const SMALL_FILES: readonly (readonly [string, string])[] = [
  ['/etc/debian_version', '12.15\n'],
  ['/etc/issue', 'Debian GNU/Linux 12 \\n \\l\n\n'],
  ['/etc/issue.net', 'Debian GNU/Linux 12\n'],
  ['/etc/host.conf', 'multi on\n'],
  ['/etc/networks', 'default\t\t0.0.0.0\nloopback\t127.0.0.0\nlink-local\t169.254.0.0\n\n'],
  [
    '/etc/nsswitch.conf',
    'passwd:         files systemd\ngroup:          files systemd\nshadow:         files systemd\ngshadow:        files systemd\n\nhosts:          files dns\nnetworks:       files\n\nprotocols:      db files\nservices:       db files\nethers:         db files\nrpc:            db files\n\nnetgroup:       nis\n',
  ],
  ['/etc/ld.so.conf', 'include /etc/ld.so.conf.d/*.conf\n\n'],
  ['/etc/ld.so.conf.d/libc.conf', '# libc default configuration\n/usr/local/lib\n'],
  [
    '/etc/ld.so.conf.d/x86_64-linux-gnu.conf',
    '# Multiarch support\n/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n',
  ],
  [
    '/etc/shells',
    '# /etc/shells: valid login shells\n/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/usr/bin/rbash\n/usr/bin/sh\n/bin/dash\n/usr/bin/dash\n',
  ],
  ['/etc/environment', ''],
  ['/etc/timezone', 'Etc/UTC\n'],
  [
    '/etc/crontab',
    'SHELL=/bin/sh\nPATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin\n\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n',
  ],
  ['/etc/sysctl.conf', '#net.ipv4.ip_forward=1\n'],
  [
    '/etc/inputrc',
    '# /etc/inputrc - global inputrc for libreadline\nset input-meta on\nset output-meta on\n$if mode=emacs\n"\\e[1~": beginning-of-line\n"\\e[4~": end-of-line\n"\\e[3~": delete-char\n"\\e[2~": quoted-insert\n"\\e[1;5C": forward-word\n"\\e[1;5D": backward-word\n"\\e[5C": forward-word\n"\\e[5D": backward-word\n"\\e\\e[C": forward-word\n"\\e\\e[D": backward-word\n$if term=rxvt\n"\\e[7~": beginning-of-line\n"\\e[8~": end-of-line\n"\\eOc": forward-word\n"\\eOd": backward-word\n$endif\n$endif\n',
  ],
  ['/etc/adduser.conf', ''],
  ['/etc/deluser.conf', ''],
  ['/etc/debconf.conf', ''],
  ['/etc/locale.gen', '# en_US.UTF-8 UTF-8\n'],
  [
    '/etc/apt/sources.list',
    'deb http://deb.debian.org/debian bookworm main\ndeb http://deb.debian.org/debian bookworm-updates main\ndeb http://deb.debian.org/debian-security bookworm-security main\n',
  ],
  ['/etc/pam.conf', ''],
  ['/etc/rsyslog.conf', 'module(load="imuxsock")\nmodule(load="imklog")\n'],
  [
    '/etc/ssh/sshd_config',
    'Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem\tsftp\t/usr/lib/openssh/sftp-server\n',
  ],
  [
    '/etc/ssh/ssh_config',
    'Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n    GSSAPIAuthentication yes\n',
  ],
  ['/etc/iproute2/rt_tables', '255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n'],
]
