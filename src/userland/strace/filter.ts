/** Which system calls `-e trace=` shows: names, `/regex` and classes. strace(1), "Filtering". */

const CLASSES: Readonly<Record<string, string>> = {
  file:
    'openat open newfstatat stat lstat statfs access faccessat2 readlink mkdir rmdir mknodat symlinkat linkat unlinkat renameat2 fchmodat fchownat ' +
    'utimensat truncate getxattr setxattr removexattr listxattr getcwd chdir chroot pivot_root mount umount2 execve inotify_add_watch',
  process: 'execve clone clone3 wait4 exit exit_group kill unshare setns prctl',
  network:
    'socket socketpair bind listen accept4 connect sendto recvfrom sendmsg recvmsg shutdown getsockname getpeername setsockopt getsockopt netlink',
  desc:
    'openat open close read write pread64 lseek ftruncate dup dup2 fcntl pipe2 ioctl flock newfstatat fchmod fchdir getdents64 poll inotify_init1 ' +
    'inotify_add_watch mknodat symlinkat linkat unlinkat renameat2 fchmodat fchownat utimensat faccessat2 mmap setns',
  signal: 'rt_sigaction rt_sigprocmask rt_sigpending rt_sigreturn kill pause',
  memory: 'brk mmap munmap mprotect',
  ipc: 'msgget msgctl shmget shmctl semget semctl',
  creds: 'geteuid setresuid setresgid setgroups capget capset prctl',
}

/** Calls that strace knows by name although the model makes none of them. */
const OTHERS =
  'open stat lstat fstat creat fork vfork exit brk munmap mprotect select pselect6 ppoll epoll_wait epoll_ctl epoll_create1 futex sendmsg recvmsg ' +
  'getsockopt accept writev readv pwrite64 sendfile splice mkdirat fchown chown chmod rename unlink symlink link mknod utime getuid getgid getegid getpid ' +
  'gettid nanosleep clock_gettime gettimeofday time umount2 statx fstatfs fsync fdatasync getdents set_tid_address set_robust_list rseq arch_prctl bpf ' +
  'seccomp ptrace tgkill tkill setuid setgid setreuid setregid openat2 execveat pidfd_open memfd_create newfstatat'

export class FilterError extends Error {
  override name = 'FilterError'
}

export type Filter = (name: string) => boolean

/** The filter of one `-e trace=SET`; `known` are the names the model's calls can have. `!` in front turns it around. */
export function parseFilter(text: string, known: ReadonlySet<string>): Filter {
  const negated = text.startsWith('!')
  const body = negated ? text.slice(1) : text
  const names = new Set<string>()
  const patterns: RegExp[] = []
  for (const word of body.split(',')) {
    if (word === 'all') patterns.push(/^/)
    else if (word === 'none' || word === '') continue
    else if (word.startsWith('/')) patterns.push(new RegExp(word.slice(1)))
    else for (const name of expand(word, known)) names.add(name)
  }
  return (name) => (names.has(name) || patterns.some((p) => p.test(name))) !== negated
}

function expand(word: string, known: ReadonlySet<string>): readonly string[] {
  const optional = word.startsWith('?')
  const name = word.replace(/^[?%]+/, '')
  const group = CLASSES[name]
  if (group !== undefined && (word.startsWith('%') || !known.has(name))) return group.split(' ')
  const classes = Object.values(CLASSES).join(' ').split(' ')
  if (known.has(name) || classes.includes(name) || OTHERS.split(' ').includes(name)) return [name]
  if (optional) return []
  throw new FilterError(`invalid system call '${word}'`)
}
