/** Options of the programs that look at and change the machine; notation in index.ts. */
export const SYSTEM = `
mount
a|mount all file systems of fstab
B|mount a subtree somewhere else
R|mount a subtree and its submounts somewhere else
M|move a subtree to some other place
f|do all but the call itself
m MODE|make the mount point if it is missing
n|don't write to /etc/mtab
o LIST|mount options, comma separated: ro, rw, nosuid, nodev, noexec, remount, bind, size=...
r|mount read-only (same as -o ro)
t LIST|types of file systems
v|say what is being done
w|mount read-write (the default)
source SRC|what to mount
target DIR|where to mount it
make-shared|make a subtree shared
make-slave|make a subtree slave
make-private|make a subtree private
make-unbindable|make a subtree unbindable
make-rshared|make a whole subtree shared
make-rslave|make a whole subtree slave
make-rprivate|make a whole subtree private

umount
a|unmount all file systems
A|unmount all mount points of the device in this namespace
d|free a loop device that was mounted
f|force an unmount
l|detach now, clean up when nothing uses it any more
q|no message for what is not mounted
r|if unmounting fails, try to remount read-only
R|unmount a target and everything below it
t LIST|only file systems of these types
v|say what is being done

findmnt
A|disable all built-in filters, print all file systems
D|imitate the output of df
f|print the first file system only
i|invert the sense of matching
J|use JSON
k|search in the kernel's table (the default)
l|use list format
M DIR|the mount point
n|don't print column headings
o LIST|the columns to show
O LIST|only file systems with these mount options
P|use key="value" format
r|use raw format
R|print all submounts of the matching file systems
S SOURCE|the device or source
T PATH|the path to a file of the file system
t LIST|only file systems of these types
u|don't truncate text in columns
real|only real file systems
pseudo|only pseudo file systems

mountpoint
q|print nothing, only return an exit status
d|print the device number of the file system
x|print the device number of a block device

losetup
a|list all used devices
d LOOPDEV|detach devices
D|detach all used devices
f|find the first unused device
show|print the device's name after setting it up, with -f
j FILE|list the devices that use FILE
l|list info about all or the given devices
n|don't print headings
O COLS|the columns to show
r|set up a read-only device

lsblk
a|print all devices
b|print sizes in bytes
d|don't print slaves or holders
f|output info about file systems
l|use list format
n|don't print headings
o LIST|the columns to show
p|print complete device paths
P|use key="value" format
r|use raw format
J|use JSON

blkid
o FORMAT|value, device, export or full
s TAG|show only this tag
p|look at the device itself

free
b|show output in bytes
kilo|in units of 1000 bytes
k|in units of 1024 bytes
mega|in megabytes
m|in mebibytes
giga|in gigabytes
g|in gibibytes
h|show numbers with units
si|use powers of 1000, not 1024
l|show low and high memory
t|add a line with totals
s N|repeat every N seconds
c N|repeat N times, then exit
w|divide buffers and cache

uptime
p|show it in words
s|show since when the machine is up

w
h|do not print the header
s|short format
f|show or hide the remote host
i|show addresses instead of host names

vmstat
a|active and inactive memory
f|number of forks since boot
m|slab info
n|print the header once
s|event counters
d|disk statistics
w|wide output
t|show a timestamp
S UNIT|k, K, m or M

watch
b|beep if the command fails
c|interpret colors
d permanent|highlight what changed
e|stop when the command fails
g|exit when the output changes
n SECS|seconds between runs (2)
t|leave out the header
x|pass the command to exec instead of sh -c

sysctl
a|display all variables
e|ignore unknown variables
N|print names only
n|print values only
p FILE|read values from FILE (/etc/sysctl.conf)
q|do not print what is set
w|allow writing to a variable
r EXPRESSION|only variables that match
system|read values from all system directories

pidof
s|return one process only
c|leave out processes with another root
q|print nothing, only return an exit status
x|also find shells that run scripts of that name
o PID|leave out this process
S SEP|put SEP between the numbers

pstree
a|show command line arguments
A|draw with ASCII characters
c|don't merge identical subtrees
g|show process group IDs
h|highlight this process and its ancestors
l|don't cut long lines
n|sort by PID
N TYPE|sort by type of namespace
p|show PIDs
s|show the ancestors of the process
t|show full thread names
T|hide threads
u|show changes of user
U|draw with UTF-8 characters

fuser
a|also show files that nothing uses
k|kill processes that use the file
i|ask before killing
m NAME|show all processes that use the file system of NAME
n SPACE|search in this name space: file, udp or tcp
s|print nothing
u|show user names
v|verbose output

hostname
a|alias names
A|all long host names
b|set a default host name if none is set
d|DNS domain name
f|long host name (FQDN)
F FILE|read the host name from FILE
i|addresses of the host name
I|all addresses of the host
s|short host name

journalctl
u UNIT|show logs of this unit
n INTEGER|number of entries to show
f|follow the journal
o STRING|output mode: short, short-iso, short-precise, cat, json, json-pretty, verbose
b ID|show messages of this boot
p RANGE|show entries of this priority and above
e|jump to the end in the pager
S DATE|show entries not older than DATE
U DATE|show entries not newer than DATE
k|show kernel messages only
x|add explanations where there are any
r|show the newest entries first
t STRING|show entries with this syslog identifier
q|do not print information messages
g PATTERN|show entries whose message matches PATTERN
no-pager|do not pipe the output into a pager
no-hostname|leave out the host name
utc|express time in UTC
disk-usage|show how much disk all journal files use
list-boots|show the boots that are recorded

sudo
u USER|run the command as this user
g GROUP|run the command with this group
E|keep the environment
H|set HOME to the target user's home
i|run a login shell as the target user
k|forget what was authenticated
l|list what the user may run
n|never ask for a password
s|run the shell
v|update the time stamp without a command

useradd
c COMMENT|the user's full name, or any comment
d HOME_DIR|home directory
g GROUP|name or number of the main group
G GROUPS|supplementary groups, comma separated
k SKEL_DIR|copy the new home from here
m|make the home directory
M|do not make the home directory
N|do not make a group of the user's name
r|make a system account
s SHELL|login shell
u UID|user ID
U|make a group of the user's name
o|allow an ID that is taken

usermod
a|append to the supplementary groups; with -G
c COMMENT|new comment
d HOME_DIR|new home directory
g GROUP|new main group
G GROUPS|new list of supplementary groups
L|lock the account
s SHELL|new login shell
U|unlock the account

userdel
r|remove the home directory and the mail spool
f|go on where it would rather refuse

groupadd
g GID|use this number
r|make a system group
f|exit well if the group exists
o|allow a number that is taken

passwd
d|delete the password
l|lock the account's password
S|report the status of the password
u|unlock the account's password

logger
t TAG|mark every line with this tag
p PRIORITY|facility.level of the message
i|log the process's number too
s|write the message to standard error too
f FILE|log the lines of this file
e|leave out empty lines

systemd-run
u UNIT|name of the transient unit
p NAME=VALUE|set a property of the unit
E NAME=VALUE|set an environment variable
description TEXT|description of the unit
slice SLICE|run in this slice
uid USER|run as this user
gid GROUP|run as this group
r|keep the unit after the command ended
G|unload the unit even when it failed
no-block|do not wait until it has started
wait|wait until the unit has stopped
q|print less
scope|run the command in the foreground, in a cgroup of its own

systemd-cat
t STRING|syslog identifier
p PRIORITY|priority of the messages

systemd-cgls
a|show all groups, also empty ones
l|do not cut long lines
u UNIT|show the subtree of this unit

mke2fs mkfs.ext4
b SIZE|block size in bytes
F|go on when it would rather ask
L LABEL|set the volume's label
m PERCENT|blocks that are kept for root
n|only say what would be done
q|print nothing
t TYPE|type of the file system: ext2, ext3 or ext4
U UUID|set the volume's UUID

apt apt-get apt-cache
y|answer yes to all questions
q|print less
d|download only, do not install
s|only say what would be done
no-install-recommends|do not install packages that are merely recommended
installed|list: what is installed
upgradable|list: what has a newer version
purge|remove configuration files too
reinstall|install again what is installed already
f|repair broken dependencies
o OPTION|set a configuration option
names-only|search: in names only

dpkg dpkg-query
l PATTERN|list packages whose names match
L PACKAGE|list the files of a package
s PACKAGE|show the status of a package
S PATTERN|find the package of a file
W PATTERN|show information on packages
f FORMAT|with -W: the format of a line
i ARCHIVE|install an archive
r PACKAGE|remove a package
P PACKAGE|remove a package and its configuration
print-architecture|print the architecture packages are made for
get-selections|list what is wanted of each package
`
