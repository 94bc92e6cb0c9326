/** Options of the coreutils that work on files, directories and the machine; notation in index.ts. */
export const COREUTILS_FILES = `
ls dir vdir
a|do not ignore entries starting with .
A|as -a, but without . and ..
author|with -l, print the author of each file
b|print C-style escapes for nongraphic characters
block-size SIZE|scale sizes by SIZE before printing them
B|do not list entries ending with ~
c|with -lt: sort by and show the time of last status change; with -l: show it and sort by name; else sort by it
C|list entries by columns
color WHEN|color the names: always, auto or never
d|list directories themselves, not their contents
f|list all entries in directory order
F WHEN|append an indicator (one of */=>@|) to entries
file-type|likewise, except do not append *
full-time|like -l --time-style=full-iso
g|like -l, but do not list the owner
group-directories-first|list directories before files
G|in a long listing, don't print group names
h|with -l and -s, print sizes like 1K 234M 2G
H|follow symbolic links given on the command line
hide PATTERN|do not list entries matching PATTERN (overridden by -a or -A)
i|print the index number of each file
I PATTERN|do not list entries matching PATTERN
k|count disk usage in blocks of 1024 bytes
l|use a long listing format
L|show what a symbolic link points to instead of the link
m|fill the width with a comma separated list of entries
n|like -l, but list numeric user and group IDs
N|print names without quoting
o|like -l, but do not list the group
p|append / to directories
q|print ? instead of nongraphic characters
Q|enclose names in double quotes
quoting-style WORD|quote names as literal, shell, shell-always, shell-escape, c or escape says
r|reverse the order of sorting
R|list subdirectories recursively
s|print the allocated size of each file, in blocks
S|sort by size, largest first
sort WORD|sort by WORD: none, size, time, version, extension or width
t|sort by time, newest first
time WORD|which time to show and sort by: atime, ctime, mtime or birth
time-style STYLE|format of times with -l: full-iso, long-iso, iso, locale or +FORMAT
u|like -c, with the time of last access
U|do not sort; list entries in directory order
v|sort by version numbers within the text
w COLS|set the output width to COLS; 0 means no limit
x|list entries by lines instead of by columns
X|sort by extension
zero|end each output line with NUL, not newline
1|list one file per line

cp
a|same as -dR --preserve=all
b|make a backup of each existing destination file
d|same as --no-dereference --preserve=links
f|if an existing destination file cannot be opened, remove it and try again
i|prompt before overwriting
H|follow symbolic links given on the command line
l|make hard links to the files instead of copying
L|always follow symbolic links in SOURCE
n|do not overwrite an existing file
P|never follow symbolic links in SOURCE
p|same as --preserve=mode,ownership,timestamps
preserve ATTR_LIST|preserve these attributes: mode, ownership, timestamps, links, xattr, all
no-preserve ATTR_LIST|don't preserve these attributes
parents|use the full source file name under DIRECTORY
r|copy directories recursively
R|the same as -r
remove-destination|remove each existing destination file before opening it
s|make symbolic links instead of copying
S SUFFIX|use SUFFIX for backups instead of ~
t DIRECTORY|copy all SOURCE arguments into DIRECTORY
T|treat DEST as a normal file
u|copy only when SOURCE is newer than the destination, or the destination is missing
v|explain what is being done
x|stay on this file system

mv
b|make a backup of each existing destination file
f|do not prompt before overwriting
i|prompt before overwriting
n|do not overwrite an existing file
strip-trailing-slashes|remove trailing slashes from each SOURCE
S SUFFIX|use SUFFIX for backups instead of ~
t DIRECTORY|move all SOURCE arguments into DIRECTORY
T|treat DEST as a normal file
u|move only when SOURCE is newer than the destination, or the destination is missing
v|explain what is being done

rm
f|ignore files and arguments that do not exist, never prompt
i|prompt before every removal
I|prompt once before removing more than three files or a directory tree
interactive WHEN|prompt never, once (-I) or always (-i)
one-file-system|with -r, skip directories on other file systems
no-preserve-root|do not treat / specially
preserve-root all|do not remove / (the default)
r|remove directories and their contents
R|the same as -r
d|remove empty directories
v|explain what is being done

ln
b|make a backup of each existing destination file
f|remove existing destination files
i|prompt whether to remove destinations
L|make a hard link to what a symbolic link TARGET points to
n|treat LINK_NAME as a normal file if it is a symbolic link to a directory
P|make hard links directly to symbolic links
r|with -s, make links relative to where they are
s|make symbolic links instead of hard links
S SUFFIX|use SUFFIX for backups instead of ~
t DIRECTORY|make the links in DIRECTORY
T|always treat LINK_NAME as a normal file
v|print the name of each linked file

mkdir
m MODE|set the mode (as in chmod), not a=rwx minus the umask
p|no error if it exists; make parents as needed
v|print a message for each directory made

rmdir
ignore-fail-on-non-empty|pass over directories that are not empty
p|remove DIRECTORY and its ancestors: rmdir -p a/b is like rmdir a/b a
v|say which directory is being removed

touch
a|change only the access time
c|do not create any files
d STRING|use the time that STRING says instead of now
h|change the times of a symbolic link itself
m|change only the modification time
r FILE|use this file's times instead of now
t STAMP|use [[CC]YY]MMDDhhmm[.ss] instead of now
time WORD|which time to change: access (-a) or modify (-m)

chmod
!rwxXstugoa,+=01234567
c|like -v, but report only changes
f|suppress most error messages
v|say what happens to every file
no-preserve-root|do not treat / specially
preserve-root|refuse to work recursively on /
reference RFILE|use the mode of RFILE
R|change files and directories recursively

chown chgrp
c|like -v, but report only changes
f|suppress most error messages
v|say what happens to every file
dereference|change what a symbolic link points to (the default)
h|change symbolic links themselves
from OWNER:GROUP|change only what belongs to OWNER and GROUP now
no-preserve-root|do not treat / specially
preserve-root|refuse to work recursively on /
reference RFILE|use the owner and group of RFILE
R|work on files and directories recursively
H|with -R, follow a symbolic link to a directory given on the command line
L|with -R, follow every symbolic link to a directory
P|with -R, follow no symbolic links (the default)

chroot
groups G_LIST|supplementary groups, as g1,g2,..,gN
userspec USER:GROUP|user and group (name or number) to run the command as
skip-chdir|do not change the working directory to /

stat
L|follow links
f|show the file system instead of the file
c FORMAT|use FORMAT (%n name, %s size, %a mode, %U owner, %y time, ...) and a newline
printf FORMAT|like -c, but read backslash escapes and add no newline
t|print the information in terse form

df
a|include pseudo file systems and duplicates
B SIZE|scale sizes by SIZE before printing them
h|print sizes in powers of 1024 (1023M)
H|print sizes in powers of 1000 (1.1G)
i|list inodes instead of blocks
k|like --block-size=1K
l|only local file systems
output FIELD_LIST|print these columns, or all of them
P|use the POSIX output format
total|add a grand total
t TYPE|only file systems of this type
T|print the type of each file system
x TYPE|no file systems of this type

du
0|end each output line with NUL
a|write counts for all files, not just directories
apparent-size|print sizes of contents rather than disk usage
B SIZE|scale sizes by SIZE before printing them
b|like --apparent-size --block-size=1
c|print a grand total
D|follow symbolic links given on the command line
d N|print only directories N or fewer levels below an argument
h|print sizes like 1K 234M 2G
inodes|list inodes used instead of blocks
k|like --block-size=1K
L|follow all symbolic links
l|count a file as often as it is linked
m|like --block-size=1M
P|don't follow symbolic links (the default)
S|for directories, leave out subdirectories
si|like -h, with powers of 1000
s|print only a total for each argument
t SIZE|leave out entries smaller than SIZE, or greater if it is negative
time WORD|show the last modification of any file in the directory
x|skip directories on other file systems
exclude PATTERN|leave out files that match PATTERN

date
d STRING|show the time that STRING says, not now
f DATEFILE|like -d, once for each line of DATEFILE
I FMT|ISO 8601 format: date (the default), hours, minutes, seconds or ns
r FILE|show the last modification of FILE
R|RFC 5322 format: Mon, 14 Aug 2006 02:34:56 -0600
rfc-3339 FMT|RFC 3339 format: date, seconds or ns
s STRING|set the time that STRING says
u|print or set Coordinated Universal Time

id
!a
Z|print only the security context
g|print only the effective group ID
G|print all group IDs
n|print names instead of numbers, for -ugG
r|print the real ID instead of the effective one, with -ugG
u|print only the effective user ID
z|end entries with NUL instead of whitespace

uname
a|print everything, in the order below
s|print the kernel name
n|print the host name
r|print the kernel release
v|print the kernel version
m|print the machine's hardware name
p|print the processor type
i|print the hardware platform
o|print the operating system

env
i|start with an empty environment
0|end each output line with NUL
u NAME|remove a variable from the environment
C DIR|change the working directory to DIR
S S|split S into separate arguments; for #! lines
v|print what is done

timeout
foreground|let the command read from the terminal and get its signals
k DURATION|send KILL if the command still runs this long after the first signal
preserve-status|exit with the status of the command even when it timed out
s SIGNAL|send this signal instead of TERM
v|say on standard error which signal is sent

nice
n N|add N to the niceness (10 by default)

nproc
all|print the number of installed processors
ignore N|leave N processors out, if possible

install
b|make a backup of each existing destination file
C|leave a destination alone that has the same content, owner and mode
d|treat all arguments as directories to be made
D|make all leading components of DEST first
g GROUP|set the group
m MODE|set the mode (as in chmod), not rwxr-xr-x
o OWNER|set the owner
p|keep the times of the SOURCE files
t DIRECTORY|copy all SOURCE arguments into DIRECTORY
T|treat DEST as a normal file
v|print the name of each directory that is made

mktemp
d|make a directory, not a file
u|print a name only; make nothing
q|suppress messages about failures
suffix SUFF|append SUFF to TEMPLATE
p DIR|in DIR, not in the working directory
tmpdir DIR|in DIR; without it in $TMPDIR, else /tmp
t|take TEMPLATE as a single name, in $TMPDIR, -p's directory or /tmp

mkfifo mknod
m MODE|set the mode (as in chmod), not a=rw minus the umask

readlink
f|follow every link of the name; all but the last component must exist
e|follow every link of the name; all components must exist
m|follow every link of the name; components need not exist
n|do not print the trailing newline
q|suppress most error messages
s|the same as -q
v|report error messages
z|end each output line with NUL

realpath
e|all components of the name must exist
m|components need not exist
L|resolve .. before links
P|resolve links as they come (the default)
q|suppress most error messages
relative-to DIR|print the name relative to DIR
relative-base DIR|print absolute names unless they are below DIR
s|don't expand symbolic links
z|end each output line with NUL

pwd
L|use PWD from the environment, even with symbolic links
P|leave out all symbolic links

basename
a|take every argument as a NAME
s SUFFIX|remove a trailing SUFFIX; implies -a
z|end each output line with NUL

dirname
z|end each output line with NUL

truncate
c|do not create any files
o|take SIZE as a number of blocks, not bytes
r RFILE|use the size of RFILE
s SIZE|set the size, or change it by SIZE with a sign before it

sync
d|write file data only, not metadata that isn't needed
f|write the file systems that contain the files

stty
a|print all settings in words
g|print all settings in a form that stty reads
F DEVICE|open and use DEVICE instead of standard input

tty
s|print nothing, only return an exit status

who
a|same as -b -d --login -p -r -t -T -u
b|time of last boot
H|print a line of headings
q|all login names and how many there are
r|print the current runlevel
s|name, line and time only (the default)
T|say whether a terminal takes messages: +, - or ?
u|list users logged in
m|only the user of standard input

printenv
0|end each output line with NUL

pathchk
p|check for most POSIX systems
P|check for empty names and a leading -
portability|check for all POSIX systems; same as -p -P
`
