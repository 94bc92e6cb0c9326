/** The packages a mirror has, as far as the model goes. */
export interface Package {
  readonly name: string
  readonly version: string
  readonly arch: 'amd64' | 'all'
  readonly section: string
  readonly description: string
  readonly depends: readonly string[]
  readonly suggests?: readonly string[]
  /** Kilobytes to download, kilobytes on disk. */
  readonly kB: number
  readonly installed: number
  readonly provides?: string
  /** Executables: path and the program in their header. */
  readonly programs: readonly (readonly [string, string])[]
  /** Symbolic links that go with it: path and target. */
  readonly links?: readonly (readonly [string, string])[]
}

type Row = readonly [
  string,
  string,
  'amd64' | 'all',
  string,
  number,
  number,
  string,
  readonly string[],
  readonly (readonly [string, string])[],
]

const ROWS: readonly Row[] = [
  ['libgpm2', '1.20.7-10+b1', 'amd64', 'libs', 14.2, 49, 'General Purpose Mouse - shared library', [], []],
  ['libsodium23', '1.0.18-1+deb12u1', 'amd64', 'libs', 162, 360, 'Network communication, cryptography and signaturing library', [], []],
  ['vim-common', '2:9.0.1378-2+deb12u2', 'all', 'editors', 125, 420, 'Vi IMproved - Common files', [], []],
  ['vim-runtime', '2:9.0.1378-2+deb12u2', 'all', 'editors', 7027, 36_500, 'Vi IMproved - Runtime files', [], []],
  ['libncurses6', '6.4-4', 'amd64', 'libs', 103, 337, 'shared libraries for terminal handling', [], []],
  [
    'sl',
    '5.02-1+b1',
    'amd64',
    'games',
    12.5,
    50,
    "Correct you if you type `sl' by mistake",
    ['libncurses6'],
    [['/usr/games/sl', 'games/sl']],
  ],
  ['libtext-charwidth-perl', '0.04-11', 'amd64', 'perl', 11.4, 42, 'get display widths of characters on the terminal', [], []],
  ['perl-modules-5.36', '5.36.0-7+deb12u4', 'all', 'libs', 2815, 17_000, 'Core Perl modules', [], []],
  ['libgdbm-compat4', '1.23-3', 'amd64', 'libs', 48.2, 70, 'GNU dbm database routines (legacy support runtime version) ', [], []],
  ['libperl5.36', '5.36.0-7+deb12u4', 'amd64', 'libs', 4207, 28_000, 'shared Perl library', ['libgdbm-compat4', 'perl-modules-5.36'], []],
  [
    'perl',
    '5.36.0-7+deb12u4',
    'amd64',
    'perl',
    239,
    670,
    "Larry Wall's Practical Extraction and Report Language",
    ['perl-modules-5.36', 'libperl5.36'],
    [],
  ],
  [
    'cowsay',
    '3.03+dfsg2-8',
    'all',
    'games',
    21.4,
    94.2,
    'configurable talking cow',
    ['perl', 'libtext-charwidth-perl'],
    [['/usr/games/cowsay', 'games/cowsay']],
  ],
  ['tree', '2.1.0-1', 'amd64', 'utils', 52.5, 113, 'displays an indented directory tree, in color', [], [['/usr/bin/tree', 'tree/tree']]],
  [
    'nano',
    '7.2-1+deb12u1',
    'amd64',
    'editors',
    690,
    2_870,
    'small, friendly text editor inspired by Pico',
    [],
    [['/usr/bin/nano', 'nano/nano']],
  ],
  ['htop', '3.2.2-2', 'amd64', 'utils', 152, 387, 'interactive processes viewer', [], [['/usr/bin/htop', 'htop/htop']]],
  [
    'vim-tiny',
    '2:9.0.1378-2+deb12u2',
    'amd64',
    'editors',
    720,
    1_700,
    'Vi IMproved - enhanced vi editor - compact version',
    ['vim-common'],
    [['/usr/bin/vim.tiny', 'vim/vim.tiny']],
  ],
  [
    'jq',
    '1.6-2.1+deb12u1',
    'amd64',
    'utils',
    63.9,
    102,
    'lightweight and flexible command-line JSON processor',
    [],
    [['/usr/bin/jq', 'jq/jq']],
  ],
  [
    'curl',
    '7.88.1-10+deb12u15',
    'amd64',
    'web',
    315,
    514,
    'command line tool for transferring data with URL syntax',
    [],
    [['/usr/bin/curl', 'curl/curl']],
  ],
  ['wget', '1.21.3-1+deb12u1', 'amd64', 'web', 938, 3_600, 'retrieves files from the web', [], [['/usr/bin/wget', 'wget/wget']]],
  [
    'tcpdump',
    '4.99.3-1',
    'amd64',
    'net',
    478,
    1_350,
    'command-line network traffic analyzer',
    [],
    [['/usr/bin/tcpdump', 'tcpdump/tcpdump']],
  ],
  ['libunwind8', '1.6.2-3', 'amd64', 'libs', 51.2, 175, 'library to determine the call-chain of a program - runtime', [], []],
  [
    'attr',
    '1:2.5.1-4',
    'amd64',
    'utils',
    41.1,
    158,
    'utilities for manipulating filesystem extended attributes',
    [],
    [
      ['/usr/bin/getfattr', 'attr/getfattr'],
      ['/usr/bin/setfattr', 'attr/setfattr'],
    ],
  ],
  ['strace', '6.1-0.1', 'amd64', 'utils', 1323, 2_745, 'System call tracer', ['libunwind8'], [['/usr/bin/strace', 'strace/strace']]],
  [
    'file',
    '1:5.44-3',
    'amd64',
    'utils',
    42.5,
    133,
    'Recognize the type of data in a file using "magic" numbers',
    [],
    [['/usr/bin/file', 'file/file']],
  ],
  [
    'sudo',
    '1.9.13p3-1+deb12u3',
    'amd64',
    'admin',
    1890,
    6_200,
    'Provide limited super user privileges to specific users',
    [],
    [['/usr/bin/sudo', 'sudo/sudo']],
  ],
]

/** Packages that Debian has and this mirror has not: asking for one must not look like a misspelt name. */
const NOT_MODELLED = new Set(
  (
    'acl ansible apache2 apparmor-utils arping arptables auditd autoconf automake bash-completion bat binutils bird2 bpfcc-tools bpftool bpftrace ' +
    'bridge-utils build-essential buildah busybox-static bzip2 ca-certificates cgroup-tools clang cmake containerd cpio criu cri-tools debootstrap ' +
    'default-jdk dhcpcd5 dialog dmidecode dnsmasq dnsutils docker-compose docker.io dos2unix ebtables elfutils emacs emacs-nox etcd-client etcd-server ' +
    'ethtool expect fail2ban fd-find fdisk fio fish frr fzf g++ gawk gcc gdb gettext-base gh git git-lfs gnupg golang golang-go hdparm haproxy hping3 ' +
    'htop ifenslave iftop inetutils-telnet inotify-tools iotop ipcalc iperf iperf3 ipset iptraf-ng iputils-arping ipvsadm keepalived ldap-utils lftp ' +
    'libcap-ng-utils linux-perf linux-tools lldb llvm lm-sensors locales logrotate lshw lsof lsscsi ltrace lvm2 lxc make man-db manpages manpages-dev ' +
    'mariadb-client mariadb-server mdadm memcached moreutils mosh mtr mtr-tiny multitail mysql-client ncat ncdu net-tools netcat netcat-openbsd ' +
    'netcat-traditional netdata nethogs nfs-common nfs-kernel-server nginx nload nmap nodejs npm ntp numactl open-iscsi openjdk-17-jdk openssh-server ' +
    'openssl openvpn p7zip-full parallel patch pciutils php pigz pkg-config podman postgresql postgresql-client pv python3-pip python3-venv python3-yaml ' +
    'qemu-system-x86 quota redis redis-server redis-tools ripgrep rkhunter rsync ruby runc rustc samba screen seccomp shellcheck skopeo slirp4netns ' +
    'smartmontools snapd socat software-properties-common sqlite3 squid ssh sshfs stress stress-ng supervisor sysbench sysfsutils sysstat systemtap tar tcl ' +
    'telnet terminator tftp-hpa time tini tmux traceroute tshark ufw uidmap umoci unzip usbutils util-linux-extra uuid-runtime valgrind vlan whois ' +
    'wireguard wireguard-tools wireshark xfsprogs xxd xz-utils zip zsh zstd'
  ).split(' '),
)

/** Whether Debian has a package of that name that the model lacks. */
export function notModelled(name: string): boolean {
  return NOT_MODELLED.has(name) && !CATALOGUE.has(name)
}

export const CATALOGUE: ReadonlyMap<string, Package> = new Map<string, Package>([
  ...ROWS.map(
    ([name, version, arch, section, kB, installed, description, depends, programs]) =>
      [name, { name, version, arch, section, kB, installed, description, depends, programs }] as const,
  ),
  [
    'vim',
    {
      name: 'vim',
      version: '2:9.0.1378-2+deb12u2',
      arch: 'amd64',
      section: 'editors',
      kB: 1568,
      installed: 3650,
      description: 'Vi IMproved - enhanced vi editor',
      depends: ['vim-common', 'vim-runtime', 'libgpm2', 'libsodium23'],
      suggests: ['gpm', 'ctags', 'vim-doc', 'vim-scripts'],
      provides: 'editor',
      programs: [['/usr/bin/vim.basic', 'vim/vim.basic']],
      links: [
        ['/usr/bin/vim', '/etc/alternatives/vim'],
        ['/etc/alternatives/vim', '/usr/bin/vim.basic'],
      ],
    },
  ],
])
