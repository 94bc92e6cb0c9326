/** Options of the tools that are packages of their own; notation in index.ts. */
export const TOOLS = `
grep egrep fgrep
E|PATTERNS are extended regular expressions
F|PATTERNS are strings
G|PATTERNS are basic regular expressions (the default)
P|PATTERNS are Perl regular expressions
e PATTERNS|use PATTERNS for matching
f FILE|take PATTERNS from FILE
i|ignore differences in case
no-ignore-case|do not ignore differences in case (the default)
w|match only whole words
x|match only whole lines
z|lines end with NUL, not newline
s|suppress error messages
v|select lines that do not match
m NUM|stop after NUM selected lines
b|print the byte offset with output lines
n|print line numbers with output lines
line-buffered|write out every line at once
H|print file names with output lines
h|leave out file names
label LABEL|use LABEL as the name of standard input
o|show only what matches, not the whole line
q|print nothing; the exit status tells
binary-files TYPE|treat binary files as binary, text or without-match
a|same as --binary-files=text
I|same as --binary-files=without-match
d ACTION|what to do with directories: read, recurse or skip
r|like --directories=recurse
R|likewise, but follow all symbolic links
include GLOB|search only files that match GLOB
exclude GLOB|skip files that match GLOB
exclude-dir GLOB|skip directories that match GLOB
L|print only names of files without selected lines
l|print only names of files with selected lines
c|print only a count of selected lines a file
T|line up the text with a tab
Z|print NUL after file names
B NUM|print NUM lines before the selected ones
A NUM|print NUM lines after the selected ones
C NUM|print NUM lines before and after
group-separator SEP|print SEP between groups of lines
color WHEN|mark what matches: always, never or auto

sed
n|do not print the pattern space at the end of each cycle
e SCRIPT|add SCRIPT to what is executed
f FILE|add the contents of FILE to what is executed
E|use extended regular expressions
r|the same as -E
i SUFFIX|edit files in place; with SUFFIX keep a backup
l N|line wrap length of the l command
s|treat files as separate, not as one long stream
u|write out every line at once
z|lines end with NUL, not newline
posix|no GNU extensions
debug|show the program first, and what it does
sandbox|refuse the commands e, r and w
follow-symlinks|follow symbolic links when editing in place

xargs
0|items end with NUL, not blanks; quotes are nothing special
a FILE|read items from FILE
d CHARACTER|items are divided by CHARACTER
E END|stop at the item END
I R|replace R in the initial arguments with an item; implies -x -L 1
L MAX|at most MAX lines of items a command
n MAX|at most MAX items a command
o|open /dev/tty as the command's standard input
p|ask before running a command
P MAX|at most MAX commands at a time; 0: as many as possible
r|do not run the command without items
s MAX|at most MAX characters a command line
t|print commands before running them
x|exit if the size is exceeded

diff
q|report only whether files differ
s|report when two files are the same
u NUM|show NUM (3) lines of context around changes
y|show both files side by side
r|compare subdirectories too
N|treat files that are missing as empty
i|ignore differences in case
b|ignore changes in the amount of blanks
w|ignore all blanks
B|ignore changes where lines are all empty
a|treat all files as text
d|look harder for a small set of changes
label LABEL|use LABEL instead of the file's name and time
color WHEN|color the output: never, always or auto

cmp
b|print bytes that differ
i SKIP|skip the first SKIP bytes of both files
l|print all bytes that differ, with their positions
n LIMIT|compare at most LIMIT bytes
s|print nothing; the exit status tells

gzip gunzip zcat
!23456789
c|write to standard output, keep the files
d|decompress
f|overwrite what exists and compress links
k|keep the files
l|list the contents of compressed files
n|do not save or restore the name and time
N|save or restore the name and time
q|suppress warnings
r|work on directories recursively
S SUF|use suffix SUF on compressed files
t|test whether a compressed file is whole
v|say what is being done
1|compress faster
9|compress better

less
F|exit at once if the text fits on one screen
i|ignore case in searches
N|show line numbers
R|let color sequences through
S|cut long lines instead of folding them
X|do not clear the screen at start and end

more
d|prompt with help
f|count lines rather than screen lines
n NUMBER|lines a screen

file
b|do not put the file's name before the line
i|print MIME type and encoding
mime-type|print the MIME type
L|follow symbolic links
h|do not follow symbolic links
s|look at special files too

tree
a|list files that begin with . too
d|list directories only
f|print the whole path of each file
i|do not draw lines
L LEVEL|go down LEVEL directories at most
P PATTERN|list only files that match
I PATTERN|leave out files that match
p|print permissions
s|print sizes in bytes
h|print sizes with units
g|print the group
F|append / to directories, * to executables
C|color the names
n|do not color the names
dirsfirst|list directories before files
noreport|leave out the count at the end

lsof
n|do not turn addresses into names
P|do not turn port numbers into names
t|print process numbers only
a|all conditions must hold, not just one
p PIDS|only these processes
u USERS|only processes of these users
c COMMAND|only commands that begin with COMMAND
i ADDRESS|only network files [4|6][protocol][@host][:port]

hexdump
C|hexadecimal and ASCII side by side
n LENGTH|read only LENGTH bytes
s OFFSET|skip OFFSET bytes first
v|do not mark repeated lines by *

xxd
b|print bits instead of hexadecimal
c COLS|COLS bytes a line (16)
g N|N bytes a group (2)
i|print a C array
l LEN|stop after LEN bytes
o OFF|add OFF to the positions shown
p|print plain hexadecimal
r|turn hexadecimal back into bytes
s SEEK|start at byte SEEK
u|use upper case letters

column
t|make a table
s STRING|characters between input columns
o STRING|string between output columns of a table
c WIDTH|width of output in characters
N NAMES|names of columns, comma separated
R COLUMNS|align these columns on the right
x|fill rows before columns
J|use JSON for tables

script
a|append to the file
c COMMAND|run COMMAND rather than a shell
e|exit with the command's status
q|print nothing about start and end
f|write out everything at once

whereis
b|search for binaries only
m|search for manuals only
s|search for sources only

ldd
d|check data relocations too
r|check data and function relocations
u|print direct dependencies that are not used
v|print everything

locale
a|print the available locales
m|print the available character maps

clear
x|do not clear the scrollback
T TYPE|use this type of terminal

yq
e|fail when there is no result, or it is null or false
i|write the result back into the file
j|print JSON
n|do not read input
N|no --- between documents
o FORMAT|print yaml or json
I N|indent by N
P|(pretty printing is the default)
r|print strings without quotes (the default for YAML)
from-file FILE|read the expression from FILE

ncal
3|the months before and after too
y|the whole year
A NUMBER|so many months after as well
B NUMBER|so many months before as well
d YYYY-MM|take this as the current date
h|do not mark today
m MONTH|this month
M|weeks begin on Monday
S|weeks begin on Sunday
b|as cal prints it
C|as cal prints it

bc
l|define s c a l e, scale is 20
q|do not greet

crontab
l|show the table
r|remove it
u USER|the table of this user

ssh-keygen
t TYPE|rsa (the default) or ed25519
b BITS|size of the key
C COMMENT|comment of the key
N PASSPHRASE|only an empty one is modelled
f FILE|where the key is, or is to be
l|show the fingerprint
q|print nothing

ssh
p PORT|connect to this port
l NAME|log in as NAME
i FILE|use this key
V|show the version

scp
r|copy directories
p|keep times and modes
P PORT|connect to this port
i FILE|use this key

chage
l|show it all
i|dates as YYYY-MM-DD

col
b|do not print backspaces: the last character wins
x|print blanks instead of tabs

strace
c|count time, calls and errors for each system call
C|like -c, and print the calls too
f|follow forks
e EXPR|what to show: trace=SET, signal=none, quiet=exit
o FILE|write the trace to FILE
A|append to the file of -o
p PID|trace a process that runs already
q|no messages about attaching; twice: nor about exits
s STRSIZE|how much of strings to show, 32 by default
S SORTBY|sort the counts by time, calls, errors or name
t|time of day; twice: with microseconds; thrice: since the epoch
r|time since the last system call
T|time spent in each system call
y|what descriptors are open on
z|only calls that succeeded
Z|only calls that failed
E VAR|put VAR=VALUE into the command's environment, or take VAR away
`
