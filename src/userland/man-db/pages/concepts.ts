/** Pages of system calls, files and concepts: sections 2, 4, 5 and 7; notation in ../page.ts. */
export const CONCEPTS = `
.bash-builtins,builtins 7 bash built-in commands
cd, export, exec, read, set, source, trap, ulimit, umask, wait, jobs, fg, bg, alias, type and others are done by the shell itself: a program could not change the shell's directory or its variables. help lists them, help cd explains one.
@ bash(1)

.capabilities 7 overview of Linux capabilities
The power of root is divided into some forty pieces, and each thread has them or not. A check in the kernel asks for a piece, not for user 0.
# SOME OF THEM
- CAP_CHOWN|change owners of files
- CAP_DAC_OVERRIDE|pass over permissions of files
- CAP_KILL|signal processes of others
- CAP_NET_ADMIN|devices, routes, firewall
- CAP_NET_BIND_SERVICE|ports below 1024
- CAP_NET_RAW|raw sockets: ping, tcpdump
- CAP_SETUID, CAP_SETGID|become another user, another group
- CAP_SYS_ADMIN|mount, new namespaces, host name, and far too much else
- CAP_SYS_CHROOT|chroot
- CAP_SYS_PTRACE|look into other processes
- CAP_SYS_TIME|set the clock
# SETS
- permitted|what a thread may use
- effective|what it uses at present: this is checked
- inheritable|what can pass through exec together with the file
- bounding|what can be gained by exec at most
- ambient|what passes through exec for ordinary files
/proc/PID/status shows them as CapPrm, CapEff, CapInh, CapBnd and CapAmb. A file may carry capabilities, see setcap(8).
# CONTAINERS
A runtime keeps about fourteen of them; securityContext.capabilities of a container adds and drops. In a user namespace a process can have all, but only over what belongs to that namespace.
@ user_namespaces(7) capsh(1) getpcaps(8)

.cgroups 7 Linux control groups
A cgroup is a set of processes for which the kernel counts and limits resources. Cgroups form one tree, mounted at /sys/fs/cgroup; a directory is a group, mkdir makes one. This is version 2; in version 1 each resource had its own tree.
# FILES OF A GROUP
- cgroup.procs|its processes; write a number to move one here
- cgroup.controllers|controllers that can be used here
- cgroup.subtree_control|controllers for the children: echo +memory
- cgroup.events|populated: has it processes; frozen
- cgroup.freeze|1 stops all of them
- cgroup.kill|1 kills all of them
- memory.max|most bytes; beyond, the kernel reclaims, then kills
- memory.current|bytes used
- memory.events|oom, oom_kill: how often
- cpu.max|quota and period in microseconds: 50000 100000 is half a CPU
- cpu.weight|share when there is not enough
- cpu.stat|time used, and how often throttled
- pids.max|most processes
# RULES
Processes are in leaves: a group with controllers for its children has no processes itself, the root excepted.
# KUBERNETES
A container's limits become memory.max and cpu.max, its CPU request cpu.weight. Groups of Pods are below kubepods.slice, by class of service.
@ cgroup_namespaces(7) systemd-cgls(1) proc(5)

.cgroup_namespaces 7 overview of Linux cgroup namespaces
In a cgroup namespace the group that a process was in becomes the root of what it sees in /proc/PID/cgroup and of what it mounts.
@ cgroups(7) namespaces(7)

.chroot 2 change root directory
> int chroot(const char *path);
Names that begin with / are looked up from path from now on, by this process and its children. The working directory stays where it is, which is one of several ways out for a process with CAP_SYS_CHROOT.
# ERRORS
- EPERM|no CAP_SYS_CHROOT in this user namespace
- ENOENT|path does not exist
- ENOTDIR|path is no directory
@ chroot(8) pivot_root(8)

.flock 2 apply or remove an advisory lock on an open file
@ flock(1)

.fstab 5 static information about the filesystems
Lines of six fields: device, directory, type, options, dump, order of checks. mount -a mounts them.
@ mount(8)

.group 5 user group file
One line a group: name, x, number, members.
@ passwd(5)

.hier 7 description of the filesystem hierarchy
- /|the root
- /bin, /sbin, /lib|links to the same below /usr
- /boot|kernel and what it needs to start
- /dev|devices
- /etc|configuration of this machine
- /home|homes of users; /root that of root
- /mnt, /media|places to mount something
- /opt|programs from elsewhere; /opt/cni/bin: CNI plugins
- /proc|the kernel's view of processes, see proc(5)
- /run|what is true until the next boot: sockets, PIDs, netns
- /srv|data that is served
- /sys|devices, and cgroups in /sys/fs/cgroup
- /tmp|files of the moment
- /usr|programs and libraries
- /usr/local|what was not installed by packages
- /var|what changes: logs, spools, /var/lib/kubelet, /var/lib/etcd
@ ls(1) findmnt(8)

.hosts 5 static table lookup for hostnames
Lines of an address and its names. Programs that use the C library look here before they ask DNS. The kubelet writes that of a Pod.
@ resolv.conf(5) nsswitch.conf(5) hostname(1)

.ipc_namespaces 7 overview of Linux IPC namespaces
Each has its own System V shared memory, semaphores and message queues. Containers of a Pod share one.
@ namespaces(7) ipcs(1)

.mount_namespaces 7 overview of Linux mount namespaces
Each has its own list of mounts. A new one begins as a copy; later mounts in one do not show in the other, unless propagation passes them on.
# PROPAGATION
- shared|mounts and unmounts pass between all peers
- private|nothing passes
- slave|comes in from the master, does not go out
- unbindable|private, and cannot be bound elsewhere
/proc/PID/mountinfo tells: shared:N, master:N. unshare(1) makes everything private unless told otherwise. mountPropagation of a volume in a Pod is HostToContainer for slave, Bidirectional for shared.
@ mount(8) findmnt(8) unshare(1) namespaces(7)

.namespaces 7 overview of Linux namespaces
A namespace wraps a resource of the whole machine, so that processes in it have one of their own. There are eight kinds.
- mnt|mounts: mount_namespaces(7)
- pid|process numbers: pid_namespaces(7)
- net|devices, addresses, routes, ports, firewall: network_namespaces(7)
- uts|host name: uts_namespaces(7)
- ipc|System V IPC: ipc_namespaces(7)
- user|users, groups and capabilities: user_namespaces(7)
- cgroup|root of cgroups: cgroup_namespaces(7)
- time|monotonic clocks: time_namespaces(7)
# WHICH ONE
/proc/PID/ns has a link for each kind; the number in brackets names the namespace. Two processes with the same number share it.
    ls -l /proc/self/ns
# LIFE
clone and unshare make one, setns enters one. It lives as long as a process is in it, or a file of it is open or mounted somewhere.
# CONTAINERS
A container is a process with namespaces of its own, in a cgroup, with another root. Containers of a Pod share net, ipc and uts, kept by the pause container, and have mnt and, usually, pid of their own.
@ unshare(1) nsenter(1) lsns(8) cgroups(7) clone(2)

.network_namespaces 7 overview of Linux network namespaces
Each has its own devices, addresses, routes, sockets, /proc/net and firewall. A new one has only lo, which is down. A physical device is in one namespace at a time; when that ends it goes back to the first.
Two namespaces are joined by a veth pair, usually through a bridge.
@ ip-netns(8) veth(4) namespaces(7)

.nsswitch.conf 5 Name Service Switch configuration file
hosts: files dns says that names of machines are looked up in /etc/hosts, then by DNS.
@ hosts(5) resolv.conf(5)

.passwd 5 the password file
One line a user: name, x, number, number of the group, comment, home, shell. Programs turn numbers into names with it; where it is missing they show numbers.
@ passwd(1) group(5)

.pid_namespaces 7 overview of Linux PID namespaces
Numbers of processes begin at 1 in each. They nest: a process has a number in its own namespace and in all those above it, and is invisible in others.
Process 1 is special: it inherits orphans and has to wait for them; signals that it has no handler for do not reach it from inside; when it ends, the kernel kills all others.
unshare does not move the caller, only children: hence unshare --fork --pid. /proc shows the namespace that mounted it, so mount one: --mount-proc.
NSpid in /proc/PID/status lists all numbers of a process.
@ unshare(1) namespaces(7) proc(5) signal(7)

.pipe 7 overview of pipes and FIFOs
@ mkfifo(1)

.proc 5 process information pseudo-filesystem
The kernel writes these files while they are read. What is to be seen are the processes of the PID namespace that mounted it.
# PROCESSES
- /proc/PID/status|name, state, parent, users, memory, capabilities, NSpid
- /proc/PID/stat|the same as numbers
- /proc/PID/cmdline|arguments, each ended by NUL
- /proc/PID/environ|environment, likewise
- /proc/PID/cwd, exe, root|links: working directory, program, root
- /proc/PID/fd|open files
- /proc/PID/maps|memory map
- /proc/PID/mountinfo|mounts of its namespace
- /proc/PID/ns|its namespaces
- /proc/PID/cgroup|its cgroup
- /proc/PID/limits|its resource limits
- /proc/PID/oom_score_adj|how soon it is killed when memory is short
- /proc/self|the process that looks
# THE MACHINE
- /proc/cpuinfo, meminfo, loadavg, uptime, version|as they say
- /proc/mounts|link to self/mounts
- /proc/net|link to self/net: sockets, routes, nf_conntrack
- /proc/sys|parameters, see sysctl(8)
- /proc/sysrq-trigger, kcore|not for containers
@ ps(1) sysctl(8) namespaces(7)

.resolv.conf 5 resolver configuration file
- nameserver address|whom to ask; up to three, in order
- search domains|appended to names that are short
- options ndots:n|names with fewer dots are tried with the search list first
The kubelet writes that of a Pod: the cluster's DNS, the search list NAMESPACE.svc.cluster.local svc.cluster.local cluster.local, and ndots:5. With ndots:5 even www.example.org is tried with all of them first.
@ hosts(5) dig(1) getent(1)

.setns 2 reassociate thread with a namespace
> int setns(int fd, int nstype);
The file is one of /proc/PID/ns, or where such a one is mounted.
@ nsenter(1) namespaces(7)

.signal 7 overview of signals
A signal is a number that the kernel delivers to a process: from kill(1), from the terminal, or from the kernel itself. A process handles it, ignores it, or the default happens.
- 1 HUP|terminal closed; ends. Many daemons read their configuration again
- 2 INT|Ctrl-C; ends
- 3 QUIT|Ctrl-\\\\; ends with a core dump
- 6 ABRT|abort; ends
- 9 KILL|ends at once, cannot be handled
- 11 SEGV|bad memory; ends
- 13 PIPE|nobody reads the pipe; ends
- 14 ALRM|timer; ends
- 15 TERM|please end; what kill and the kubelet send first
- 17 CHLD|a child ended; ignored
- 18 CONT|go on
- 19 STOP|stops, cannot be handled
- 20 TSTP|Ctrl-Z; stops
- 21 TTIN, 22 TTOU|terminal used from the background; stops
A shell shows 128 plus the number as the status: 137 is KILL, 143 TERM. When a Pod ends its containers get TERM and, after terminationGracePeriodSeconds, KILL.
@ kill(1) bash(1) pid_namespaces(7)

.sources.list 5 list of configured APT data sources
@ apt(8)

.time_namespaces 7 overview of Linux time namespaces
They shift the monotonic clock and the time since boot, not the time of day.
@ namespaces(7)

.umask 2 set file mode creation mask
@ chmod(1)

.unshare 2 disassociate parts of the process execution context
> int unshare(int flags);
Flags: CLONE_NEWNS mounts, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWTIME. All but CLONE_NEWUSER need CAP_SYS_ADMIN.
# ERRORS
- EPERM|no capability, or a user namespace is not allowed here (in a chroot)
- ENOSPC|too many namespaces
@ unshare(1) namespaces(7) clone(2)

.clone 2 create a child process
> int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
As fork, with a choice of what the child shares with its parent. The flags of unshare(2) give it new namespaces.
@ unshare(2) namespaces(7)

.user_namespaces 7 overview of Linux user namespaces
Users have other numbers inside than outside, and a process can be root inside without any power outside. The maps are /proc/PID/uid_map and gid_map: first number inside, first outside, how many. Numbers without a mapping show as 65534, nobody.
Whoever makes one has all capabilities in it, over what belongs to it: other namespaces made inside, their mounts and devices.
    unshare -r id
@ capabilities(7) namespaces(7) subuid(5)

.uts_namespaces 7 overview of UTS namespaces
Host name and NIS domain name. In a Pod the host name is the Pod's.
@ namespaces(7) hostname(1)

.veth 4 virtual Ethernet device
Devices made in pairs: what goes into one comes out of the other. One end in a Pod's namespace as eth0, the other on the node, on a bridge or with a route: so Pods are wired. When one end is removed the other goes too.
    ip link add veth0 type veth peer name eth0 netns pod
ip -d link shows eth0@if7: 7 is the other end's index, in its namespace.
@ ip-link(8) network_namespaces(7) bridge(8)
`
