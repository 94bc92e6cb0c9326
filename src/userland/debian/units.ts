/** Units that systemd of a Debian 12 machine has: unit files as systemd.unit(5) and systemd.service(5) say. */

interface Unit {
  readonly name: string
  readonly text: string
  /** Started at boot by multi-user.target. */
  readonly enabled?: boolean
}

function service(name: string, description: string, exec: string, more = '', install = 'WantedBy=multi-user.target\n', docs = ''): Unit {
  const documentation = docs === '' ? '' : `Documentation=${docs}\n`
  const text = `[Unit]\nDescription=${description}\n${documentation}\n[Service]\nExecStart=${exec}\n${more}`
  return {
    name: `${name}.service`,
    text: install === '' ? text : `${text}\n[Install]\n${install}`,
    enabled: install !== '',
  }
}

export const UNITS: readonly Unit[] = [
  service(
    'systemd-journald',
    'Journal Service',
    '/lib/systemd/systemd-journald',
    'Restart=always\n',
    '',
    'man:systemd-journald.service(8) man:journald.conf(5)',
  ),
  service(
    'systemd-udevd',
    'Rule-based Manager for Device Events and Files',
    '/lib/systemd/systemd-udevd',
    'Restart=always\n',
    '',
    'man:systemd-udevd.service(8) man:udev(7)',
  ),
  service(
    'systemd-networkd',
    'Network Configuration',
    '/lib/systemd/systemd-networkd',
    'User=systemd-network\nRestart=on-failure\n',
    'WantedBy=multi-user.target\n',
    'man:systemd-networkd.service(8)',
  ),
  service(
    'cron',
    'Regular background program processing daemon',
    '/usr/sbin/cron -f $EXTRA_OPTS',
    'IgnoreSIGPIPE=false\nKillMode=process\nRestart=on-failure\n',
    'WantedBy=multi-user.target\n',
    'man:cron(8)',
  ),
  service(
    'dbus',
    'D-Bus System Message Bus',
    '/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only',
    'User=messagebus\n',
    '',
    'man:dbus-daemon(1)',
  ),
  service(
    'rsyslog',
    'System Logging Service',
    '/usr/sbin/rsyslogd -n -iNONE',
    'StandardOutput=null\nRestart=on-failure\n',
    'WantedBy=multi-user.target\nAlias=syslog.service\n',
    'man:rsyslogd(8) man:rsyslog.conf(5) https://www.rsyslog.com/doc/',
  ),
  service(
    'systemd-logind',
    'User Login Management',
    '/lib/systemd/systemd-logind',
    'Restart=always\n',
    '',
    'man:sd-login(3) man:systemd-logind.service(8) man:logind.conf(5)',
  ),
  service(
    'getty@',
    'Getty on %I',
    "-/sbin/agetty -o '-p -- \\\\u' --noclear - $TERM",
    'Type=idle\nRestart=always\nTTYPath=/dev/%I\nEnvironment=TERM=linux\n',
    'WantedBy=getty.target\nDefaultInstance=tty1\n',
    'man:agetty(8) man:systemd-getty-generator(8)',
  ),
  service(
    'serial-getty@',
    'Serial Getty on %I',
    "-/sbin/agetty -o '-p -- \\\\u' --keep-baud 115200,57600,38400,9600 - $TERM",
    'Type=idle\nRestart=always\nTTYPath=/dev/%I\nEnvironment=TERM=vt220\n',
    'WantedBy=getty.target\n',
    'man:agetty(8) man:systemd-getty-generator(8)',
  ),
  service(
    'ssh',
    'OpenBSD Secure Shell server',
    '/usr/sbin/sshd -D $SSHD_OPTS',
    'EnvironmentFile=-/etc/default/ssh\nExecStartPre=/usr/sbin/sshd -t\nKillMode=process\nRestart=on-failure\nRestartPreventExitStatus=255\nType=notify\nRuntimeDirectory=sshd\n',
    'WantedBy=multi-user.target\nAlias=sshd.service\n',
    'man:sshd(8) man:sshd_config(5)',
  ),
]

function target(name: string, description: string, more = ''): Unit {
  return { name: `${name}.target`, text: `[Unit]\nDescription=${description}\nDocumentation=man:systemd.special(7)\n${more}` }
}

function timer(name: string, description: string, when: string, command: string, about: string): readonly Unit[] {
  return [
    {
      name: `${name}.timer`,
      text: `[Unit]\nDescription=${description}\n\n[Timer]\n${when}Persistent=true\n\n[Install]\nWantedBy=timers.target\n`,
      enabled: true,
    },
    { name: `${name}.service`, text: `[Unit]\nDescription=${about}\n\n[Service]\nType=oneshot\nExecStart=${command}\n` },
  ]
}

/** Targets and timers: what a machine reaches at boot, and what it does every day. */
export const TARGETS: readonly Unit[] = [
  target('sysinit', 'System Initialization'),
  target('basic', 'Basic System'),
  target('local-fs', 'Local File Systems'),
  target('network', 'Network'),
  target('network-online', 'Network is Online'),
  target('sockets', 'Socket Units'),
  target('paths', 'Path Units'),
  target('slices', 'Slice Units'),
  target('swap', 'Swaps'),
  target('timers', 'Timer Units'),
  target('getty', 'Login Prompts'),
  target('multi-user', 'Multi-User System'),
  target('graphical', 'Graphical Interface', 'Requires=multi-user.target\nAllowIsolate=yes\n'),
  target('rescue', 'Rescue Mode', 'AllowIsolate=yes\n'),
]

const TIMERS: readonly Unit[] = [
  ...timer('apt-daily', 'Daily apt download activities', 'OnCalendar=*-*-* 6,18:00\n', '/bin/true', 'Daily apt download activities'),
  ...timer('dpkg-db-backup', 'Daily dpkg database backup timer', 'OnCalendar=daily\n', '/bin/true', 'Daily dpkg database backup service'),
  ...timer('man-db', 'Daily man-db regeneration', 'OnCalendar=daily\n', '/bin/true', 'Daily man-db regeneration'),
]

/** All units of a machine that is no kind node. */
export const ALL_UNITS: readonly Unit[] = [...UNITS, ...TARGETS, ...TIMERS]

/** What boot reaches and starts besides services. */
export const REACHED_AT_BOOT: readonly string[] = [
  'local-fs.target',
  'sysinit.target',
  'basic.target',
  'network.target',
  'getty.target',
  'apt-daily.timer',
  'dpkg-db-backup.timer',
  'man-db.timer',
  'timers.target',
  'multi-user.target',
  'graphical.target',
]

/** Which units boot starts, in order (what the generators and `.wants` folders of a real machine lead to). */
export const STARTED_AT_BOOT: readonly string[] = [
  'systemd-journald.service',
  'systemd-udevd.service',
  'systemd-networkd.service',
  'cron.service',
  'dbus.service',
  'rsyslog.service',
  'systemd-logind.service',
  'getty@tty1.service',
  'serial-getty@ttyS0.service',
  'ssh.service',
]
