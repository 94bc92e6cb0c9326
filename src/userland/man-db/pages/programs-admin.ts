/** Pages of the programs for administration; notation in ../page.ts. */
export const PROGRAMS_ADMIN = `
.agetty,getty 8 alternative Linux getty
@ login(1)

.apt,apt-get,apt-cache,apt-mark 8 package management from the command line
> apt [options] command [package...]
Installs programs from Debian's archive, and what they need.
- update|fetch the lists of packages
- install package|install
- remove package|remove; purge: with its configuration
- autoremove|remove what nothing needs any more
- list|packages; --installed, --upgradable
- show package|what a package is
- search words|find packages
- policy package|versions and where they come from
@ dpkg(1) sources.list(5)

.blkid 8 locate/print block device attributes
@ lsblk(8)

.capsh 1 capability shell wrapper
> capsh [option]...
Shows the capabilities of the shell, drops some, runs a command.
- --print|show them
- --decode=hex|names of a mask, such as CapEff of /proc/PID/status
- --drop=list|drop from the bounding set
- -- -c command|run with bash
    capsh --decode=00000000a80425fb
@ capabilities(7) getpcaps(8) setpriv(1)

.chpasswd 8 update passwords in batch mode
> chpasswd [options]
Reads lines of name:password from standard input. Here a password gets the form of a hash, but nothing asks for one.
    echo ann:secret | chpasswd
@ passwd(1) useradd(8)

.chroot 8 run command or interactive shell with special root directory
Changes what / means for a process and its children, and nothing else: processes, network, users and mounts are still those of the machine, and a process of root can get out again. Everything the command needs has to be below the new root: the file, its loader and its libraries.
# EXIT STATUS
125 if chroot itself fails, 126 if the command cannot be run, 127 if it is not found, else the command's.
    mkdir -p box/bin box/lib64 && cp /bin/bash box/bin/
    chroot box /bin/bash
@ chroot(2) unshare(1) mount_namespaces(7) pivot_root(8)

.chrt 1 manipulate the real-time attributes of a process
> chrt [options] priority command
@ nice(1)

.clear_console 1 clear the console
@ clear(1)

.cron 8 daemon to execute scheduled commands
@ crontab(1)

.dbus-daemon 1 message bus daemon

.dmesg 1 print or control the kernel ring buffer
> dmesg [options]
What the kernel has said: devices, mounts, processes that were killed because memory ran out.
- -T|readable times
- -w|wait for more
- -l levels|only these: err, warn, info
- -H|for people
@ journalctl(1) cgroups(7)

.dpkg 1 package manager for Debian
> dpkg option... action
What is installed, and which files belong to it.
@ dpkg-query(1) apt(8)

.dpkg-query 1 a tool to query the dpkg database
@ dpkg(1)

.fuser 1 identify processes using files or sockets
@ lsof(8)

.getcap 8 examine file capabilities
> getcap [-v] [-r] [-n] file...
@ setcap(8) capabilities(7)

.getent 1 get entries from Name Service Switch libraries
> getent database [key...]
Looks a name up as programs do: getent hosts asks /etc/hosts, then DNS.
    getent hosts web.default.svc.cluster.local
@ resolv.conf(5) hosts(5) nsswitch.conf(5)

.getpcaps 8 display process capabilities
> getpcaps pid...
@ capsh(1) capabilities(7)

.groupadd 8 create a new group
@ useradd(8)

.groupdel 8 delete a group
@ groupadd(8)

.login 1 begin session on the system
@ passwd(5)

.losetup 8 set up and control loop devices
A loop device makes a file look like a disk, so that a file system in it can be mounted.
    losetup -f --show disk.img
@ mount(8) mkfs.ext4(8)

.lsblk 8 list block devices
@ findmnt(8) blkid(8)

.lsns 8 list namespaces
> lsns [options] [namespace]
All namespaces that the processes of /proc are in: inode number, type, how many processes, the first of them.
- -t type|mnt, net, ipc, user, pid, uts, cgroup, time
- -p pid|only those of a process
- -o columns|NS, TYPE, PATH, NPROCS, PID, PPID, COMMAND, UID, USER
- -n|no headings
- -r|no tree
- -J|JSON
    lsns -t net
@ namespaces(7) unshare(1) nsenter(1)

.lsof 8 list open files
> lsof [-n] [-P] [-p pid] [-i[address]] [file...]
Which process has which file, directory, socket or library open.
    lsof -nP -iTCP -sTCP:LISTEN
@ fuser(1) ss(8) proc(5)

.mkfs.ext4,mke2fs 8 create an ext2/ext3/ext4 file system
@ mount(8) losetup(8)

.mount 8 mount a filesystem
Attaches a file system to a directory of the tree. Without arguments it lists what is mounted. Mounts belong to a mount namespace: what is mounted inside a container does not show outside, unless propagation passes it on.
- bind|mount --bind a b: the tree below a is to be seen at b as well; the way volumes get into containers
- proc|mount -t proc proc /proc: the kernel's view of the processes of this PID namespace
- tmpfs|mount -t tmpfs -o size=64m none /mnt: a file system in memory
- overlay|layers of an image below, changes of a container above
- remount|mount -o remount,ro /mnt: other options for the same mount
# EXIT STATUS
0 success, 1 usage or permissions, 32 the mount failed.
@ umount(8) findmnt(8) mount_namespaces(7) losetup(8)

.nologin 8 politely refuse a login

.pivot_root 8 change the root filesystem
> pivot_root new_root put_old
Makes another mount the root of this mount namespace and puts the old one away, where it can be unmounted. Unlike after chroot there is no way back; container runtimes do it so.
@ chroot(8) mount_namespaces(7)

.rsyslogd 8 reliable and extended syslogd
@ journalctl(1)

.runuser 1 run a command with substitute user and group ID
> runuser [options] -u user command
@ su(1)

.service 8 run a System V init script
> service name command
@ systemctl(1)

.setcap 8 set file capabilities
> setcap capabilities file
Gives an executable powers, so that who runs it need not be root.
    setcap cap_net_raw+ep ./pinger
@ getcap(8) capabilities(7)

.sshd 8 OpenSSH daemon
@ ssh(1)

.su 1 run a command with substitute user and group ID
> su [options] [-] [user [argument...]]
- -|a login shell
- -c command|run a command
- -s shell|another shell
@ sudo(8) runuser(1)

.sudo,sudoedit 8 execute a command as another user
Runs a command as root, or as the user of -u. On this laptop learner may do everything, without a password. Redirections are the shell's and happen before, as you.
    sudo nsenter -t 1 -n ip addr
@ su(1) capabilities(7)

.sysctl 8 configure kernel parameters at runtime
Reads and writes the files of /proc/sys; dots stand for slashes. Those of net belong to the network namespace.
    sysctl net.ipv4.ip_forward
    sysctl -w net.ipv4.ip_forward=1
@ proc(5)

.systemd-journald 8 journal service
@ journalctl(1)

.systemd-logind 8 login manager
@ loginctl(1)

.systemd-networkd 8 network manager
@ ip(8)

.udevadm;systemd-udevd 8 udev management tool

.umount 8 unmount filesystems
Detaches what is mounted on a directory. It fails with target is busy while a process has a file open there or works there; -l detaches at once and cleans up later.
@ mount(8) lsof(8)

.useradd,adduser 8 create a new user
@ usermod(8) userdel(8) passwd(5)

.userdel 8 delete a user account and related files
@ useradd(8)

.usermod 8 modify a user account
@ useradd(8)

.swapon,swapoff 8 enable/disable devices and files for paging and swapping
> swapon [options]
> swapoff -a
The machines of this lab have no swap, as kubelet wants it.
@ free(1)
`
