/** Pages of the programs of section 1 for files, text and the shell; notation in ../page.ts. */
export const PROGRAMS_USER = `
.apropos 1 search the manual page names and descriptions
Each page of the manual has a line that says what it is about. apropos looks for a word, or a regular expression, in names and lines, and prints those that match. The same as man -k.
    apropos namespace
@ man(1) whatis(1)

.arch 1 print machine hardware name (same as uname -m)
@ uname(1)

.awk,mawk;nawk 1 pattern scanning and text processing language
> awk [-F value] [-v var=value] program [file...]
> awk [-F value] [-v var=value] -f program-file [file...]
A program is a list of patterns and actions. Every line of input is split into fields, $1, $2 and so on ($0 is the line); where the pattern holds, the action runs.
On this machine awk is mawk, chosen by /etc/alternatives/awk.
- -F value|the field separator: a character or a regular expression
- -v var=value|set a variable before the program starts
- -f file|read the program from a file
# EXAMPLES
Third column of all lines that begin with a letter, then a sum:
    awk '/^[a-z]/ { print $3 }' file
    ps aux | awk '{ sum += $6 } END { print sum }'
@ cut(1) sed(1) grep(1)

.b2sum 1 compute and check BLAKE2 message digest
@ sha256sum(1) cksum(1)

.base32 1 base32 encode/decode data and print to standard output
@ base64(1)

.base64 1 base64 encode/decode data and print to standard output
Base64 writes any bytes with 64 harmless characters, four of them for three bytes. It hides nothing: whoever has the text has the data. The values in a Secret of Kubernetes are written so.
    printf geheim | base64
    kubectl get secret x -o jsonpath='{.data.password}' | base64 -d
@ base32(1)

.basenc 1 encode/decode data and print to standard output
Like base64, with a choice of alphabets.
@ base64(1)

.basename 1 strip directory and suffix from filenames
Prints the last component of a name: basename /etc/hosts prints hosts. With a suffix, that is cut off as well.
@ dirname(1) readlink(1)

.bash,sh,dash;rbash 1 GNU Bourne-Again SHell
> bash [options] [command_string | file]
The program that reads what you type, finds the programs and starts them. It reads lines from a terminal, from a script, or from -c.
A command is a list of words. Words are expanded first (variables, $(commands), *.txt), then redirections are opened, then the program named by the first word is started as a child process, and the shell waits for it unless the line ends in &.
- -c string|run the commands in the string
- -i|be interactive
- -l|be a login shell: read /etc/profile and ~/.profile
- -x|print commands before they run
- -e|stop at the first command that fails
- -u|an unset variable is an error
- -s|read commands from standard input
# STARTUP FILES
A login shell reads /etc/profile and the first of ~/.bash_profile, ~/.bash_login, ~/.profile; an interactive one that is no login shell reads /etc/bash.bashrc and ~/.bashrc.
# EXIT STATUS
That of the last command: 0 success, 126 found but not executable, 127 not found, 128+n ended by signal n.
The shell's own commands are described by help, for instance help cd.
@ bash-builtins(7) signal(7) proc(5)

.bc 1 an arbitrary precision calculator language
Reads expressions and prints what they come to. Numbers have as many digits as they need; scale says how many follow the point of a quotient, and is 0 at first.
    echo '7/3' | bc
    echo 'scale=2; 7/3' | bc
    echo '4*a(1)' | bc -l
Statements such as if, while and define are not modelled.
@ expr(1) awk(1)

.busybox 1 many small programs in one executable
In small images all tools are names of one file that looks at its own name to tell what to do.
@ sh(1)

.bzip2,bunzip2,bzcat 1 a block-sorting file compressor
@ gzip(1) xz(1) tar(1)

.ncal,cal 1 display a calendar and the date of Easter
> cal [-3hy] [-A n] [-B n] [-d yyyy-mm] [-m month] [[month] year]
Prints the month, with today marked on a terminal. ncal prints the same with weekdays as rows.
@ date(1)

.cat 1 concatenate files and print on the standard output
Copies files, one after another, to standard output; without files, or for -, it copies standard input. Useful to look at short files, and at those of /proc and /sys, which the kernel writes while they are read.
    cat /proc/self/status
@ tac(1) head(1) less(1)

.chage 1 change user password expiry information
With -l: when the password of an account has to be changed. Changing it is not modelled.
@ passwd(1) passwd(5)

.chfn 1 change real user name and information
@ passwd(5)

.chgrp 1 change group ownership
@ chown(1) chmod(1)

.chmod 1 change file mode bits
Sets who may read (r), write (w) and execute (x) a file: the owner (u), the group (g), others (o). A mode is a number such as 640, or says what changes, such as u+x or go-w. For a directory x means to go through it.
    chmod +x chroot.sh
    chmod 600 ~/.kube/config
@ chown(1) stat(1) umask(2)

.chown 1 change file owner and group
Gives files to a user, a group, or both (user:group). Only root may give files away. Inside a user namespace numbers are mapped; files of users that have no number there belong to nobody.
    chown -R 1000:1000 /data
@ chgrp(1) chmod(1) user_namespaces(7)

.chsh 1 change login shell
@ passwd(5)

.cksum 1 compute and verify file checksums
@ sha256sum(1)

.clear 1 clear the terminal screen
@ tput(1) reset(1)

.cmp 1 compare two files byte by byte
Says where two files differ first, and nothing if they do not. The exit status is 0 if they are equal, 1 if not, 2 if one cannot be read.
@ diff(1)

.col 1 filter reverse line feeds from input
Makes plain lines of text that goes back over itself: col -b takes the bold print out of a manual page.
@ column(1)

.column 1 columnate lists
Puts words into columns; -t makes a table of lines that have fields.
    mount | column -t
@ paste(1) cut(1)

.comm 1 compare two sorted files line by line
Prints three columns: lines only in the first file, only in the second, in both.
@ diff(1) join(1) sort(1)

.cp 1 copy files and directories
Copies a file to a name, or files into a directory. Directories need -r; -a keeps owner, times and links as well.
    cp -v /bin/bash box/bin/
@ mv(1) install(1) ln(1)

.crontab 1 maintain crontab files for individual users
A crontab says which commands cron(8) runs when: minute, hour, day of month, month, day of week, command. The tables are kept in /var/spool/cron/crontabs.
Tables can be shown and written here, but no cron runs on these machines.
@ cron(8)

.csplit 1 split a file into sections determined by context lines
A pattern is a line number, /REGEX/ for the next line that matches, %REGEX% to leave out what comes before it; {N} or {*} repeats the one before.
    csplit -z all.yaml '/^---/' '{*}'
@ split(1) awk(1)

.curl 1 transfer a URL
> curl [options...] <url>...
Asks a server for what an address names, over HTTP or HTTPS, and prints the answer. Handy to see what a Service, a Pod or the API server says.
- -s|no progress meter, no error messages
- -S|with -s: error messages anyway
- -v|show the request and the answer's head
- -i|print the answer's head too
- -I|ask for the head only
- -X method|another method than GET
- -H line|add a header
- -d data|send data in the body
- -o file|write to a file
- -w format|print something at the end: %{http_code}
- -k|do not check the server's certificate
- --cacert file|check it against these authorities
- --resolve host:port:address|do not ask DNS for this name
- -m seconds|give up after so long
- -L|follow redirections
- -f|fail when the server answers with an error
# EXIT STATUS
6 the name does not resolve, 7 no connection, 22 an error with -f, 28 out of time, 60 the certificate is not trusted.
@ wget(1) nc(1) openssl(1)

.cut 1 remove sections from each line of files
Prints parts of each line: fields (-f, divided by the character of -d), characters or bytes.
    cut -d: -f1 /etc/passwd
@ awk(1) paste(1)

.date 1 print or set the system date and time
Prints the time; +FORMAT says how: %Y-%m-%d %H:%M:%S, %s for seconds since 1970. There is one clock for all containers of a machine; time namespaces shift only the monotonic clocks.
@ cal(1) timedatectl(1)

.dd 1 convert and copy a file
> dd [operand]...
Copies blocks of bytes. Operands are words with an equals sign.
- if=file|read from a file
- of=file|write to a file
- bs=bytes|size of a block: 1M, 4k
- count=n|copy only n blocks
- skip=n|skip n blocks of input
- seek=n|skip n blocks of output
- conv=list|notrunc, fsync, sync, noerror, ucase, lcase
- status=none|no statistics
    dd if=/dev/zero of=disk.img bs=1M count=64
@ mkfs.ext4(8) losetup(8) truncate(1)

.df 1 report file system space usage
One line for each mounted file system, or for the one that holds a file: its size, what is used, what is left, where it is mounted.
@ du(1) findmnt(8) mount(8)

.diff 1 compare files line by line
Prints what has to change to get from one file to the other; -u with the lines around. The exit status is 0 if they are equal, 1 if not.
    kubectl get pod a -o yaml | diff -u old.yaml -
@ cmp(1) comm(1) diff3(1)

.diff3 1 compare three files line by line
@ diff(1)

.dig 1 DNS lookup utility
> dig [@server] [name] [type] [+short] [+search] [-x address]
Asks a name server and prints the whole answer. Unlike programs that use the C library it neither reads /etc/hosts nor, without +search, the search list of resolv.conf(5).
    dig @10.96.0.10 kubernetes.default.svc.cluster.local
    dig +short -x 10.244.1.5
@ host(1) nslookup(1) resolv.conf(5)

.dir 1 list directory contents
Like ls -C -b.
@ ls(1)

.dircolors 1 color setup for ls
@ ls(1)

.dirname 1 strip last component from file name
@ basename(1)

.docker 1 run containers (on this laptop: those of the kind cluster)
> docker command [options]
The nodes of a kind cluster are containers. docker ps lists them, docker exec opens a shell in one, docker stop and docker start are a node's power switch.
    docker exec -it kind-worker bash
@ kind(1) kubectl(1) namespaces(7)

.du 1 estimate file space usage
Adds up what files below a directory take on disk: blocks, not lengths, so a file with holes counts less than ls -l shows.
    du -sh /var/log
@ df(1) ls(1)

.echo 1 display a line of text
> echo [-neE] [STRING]...
Prints its arguments with blanks between them. In bash it is a builtin.
- -n|no newline at the end
- -e|read backslash escapes
- -E|don't (the default)
@ printf(1)

.env 1 run a program in a modified environment
Without a command it prints the environment: variables a process got from its parent. With NAME=VALUE and a command it runs that with changes.
    env -i /bin/sh
@ printenv(1) bash(1) proc(5)

.expand 1 convert tabs to spaces
@ unexpand(1)

.expr 1 evaluate expressions
> expr EXPRESSION
Prints the value of an expression: each number and operator is an argument of its own. In bash, $((...)) does the same.
@ bash(1) test(1)

.factor 1 factor numbers

.false 1 do nothing, unsuccessfully
> false
Ends with status 1.
@ true(1)

.file 1 determine file type
Looks into files, not at their names, and says what they are.
@ stat(1)

.find 1 search for files in a directory hierarchy
> find [path...] [expression]
Walks through directories and prints the files for which the expression holds. Tests are combined by and; -o means or, ! not.
- -name pattern|the last component matches (quote the pattern)
- -type c|f file, d directory, l link, p pipe, s socket, b and c devices
- -size n|n blocks; +10M more than, -10M less than
- -mtime n|changed n days ago; +n, -n
- -user name|belongs to a user
- -perm mode|has these permissions; -mode: at least
- -maxdepth n|go down n levels at most
- -xdev|stay on this file system
- -exec command ;|run a command on each file, {} its name
- -delete|remove the file
- -print0|end names with NUL, for xargs -0
    find /sys/fs/cgroup -name memory.max
@ xargs(1) ls(1) grep(1)

.findmnt 8 find a filesystem
Prints the mounts of this mount namespace as a tree; with a name, only the one it lies on. It reads /proc/self/mountinfo.
    findmnt -T /var/lib/kubelet
    findmnt -o TARGET,PROPAGATION
@ mount(8) mount_namespaces(7) proc(5)

.flock 1 manage locks from shell scripts
> flock [options] file command [argument...]
@ flock(2)

.fmt 1 simple optimal text formatter
@ fold(1)

.fold 1 wrap each input line to fit in specified width
@ fmt(1)

.free 1 display amount of free and used memory in the system
Reads /proc/meminfo, which tells of the machine, not of the container: inside a container with a limit it shows the node's memory. The limit is in memory.max of the cgroup.
@ cgroups(7) proc(5) top(1)

.getopt 1 parse command options (enhanced)
> getopt [options] -o optstring -- parameters
@ bash(1)

.grep,egrep,fgrep,rgrep 1 print lines that match patterns
Reads files, or standard input, and prints the lines in which a pattern occurs. egrep is grep -E, fgrep is grep -F, rgrep is grep -r.
# EXIT STATUS
0 if a line was selected, 1 if none, 2 after an error.
    kubectl get pods -A | grep -v Running
@ sed(1) awk(1) regex(7)

.groups 1 print the groups a user is in
@ id(1)

.gzip,gunzip,zcat,uncompress 1 compress or expand files
Replaces each file by a smaller one with .gz at the end of its name; gunzip turns it back, zcat prints what is inside.
@ tar(1) bzip2(1) xz(1)

.head 1 output the first part of files
@ tail(1) sed(1)

.hexdump,hd 1 display file contents in hexadecimal, decimal, octal, or ascii
@ od(1) xxd(1)

.host 1 DNS lookup utility
> host [-t type] name [server]
@ dig(1) nslookup(1)

.hostid 1 print the numeric identifier for the current host

.hostname;dnsdomainname,domainname,nisdomainname,ypdomainname 1 show or set the system's host name
The host name belongs to the UTS namespace: in a Pod it is the Pod's name. Setting it needs CAP_SYS_ADMIN.
@ hosts(5) namespaces(7) hostnamectl(1)

.hostnamectl 1 control the system hostname
@ hostname(1)

.iconv 1 convert text from one character encoding to another

.id 1 print real and effective user and group IDs
Shows who the process is: user, group and further groups, as numbers and, where /etc/passwd knows them, names.
@ groups(1) whoami(1) user_namespaces(7)

.infocmp 1 compare or print out terminfo descriptions
@ tput(1)

.install 1 copy files and set attributes
@ cp(1) chmod(1)

.ionice 1 set or get process I/O scheduling class and priority
> ionice [-c class] [-n level] [-p PID... | command]
@ nice(1)

.ipcmk 1 make various IPC resources
> ipcmk [-M size] [-S number] [-Q]
@ ipcs(1) ipc_namespaces(7)

.ipcrm 1 remove certain IPC resources
> ipcrm [-m shmid] [-s semid] [-q msgid]
@ ipcs(1)

.ipcs 1 show information on IPC facilities
> ipcs [-m] [-q] [-s]
Lists shared memory, message queues and semaphores of System V. Each IPC namespace has its own.
@ ipcmk(1) namespaces(7)

.ischroot 1 detect if running in a chroot
@ chroot(8)

.join 1 join lines of two files on a common field
@ paste(1) comm(1)

.journalctl 1 print log entries from the systemd journal
Services write to the journal; journalctl reads it. On a node it shows what kubelet and containerd say.
    journalctl -u kubelet -n 20 --no-pager
@ systemctl(1) logger(1) dmesg(1)

.jq 1 Command-line JSON processor
> jq [options] filter [file...]
A filter takes a JSON value and gives values: .name is a member, .[] are the elements, | passes on, select(...) keeps.
- -r|print strings without quotes
- -c|one line a value
- -n|no input: the filter gets null
- -s|all input as one array
- -e|the exit status tells whether the last result was true
- -S|sort keys
- --arg name value|a variable $name
    kubectl get pods -o json | jq -r '.items[].metadata.name'
@ yq(1) kubectl(1)

.kill 1 send a signal to a process
> kill [-s signal | -signal] pid...
> kill -l [signal]
Sends TERM unless told otherwise. A negative number means a process group; 0 only asks whether the process is there. In bash kill is a builtin that knows jobs (%1) as well.
A process sees, and can signal, only those of its own PID namespace and those below it. Process 1 of a namespace gets only signals it handles, except KILL and STOP from outside.
    kill -TERM 4711
@ signal(7) pgrep(1) pid_namespaces(7)

.killall 1 kill processes by name
> killall [-eIirqvw] [-s signal] name...
@ kill(1) pgrep(1)

.kind 1 run Kubernetes clusters with containers as nodes
> kind command [options]
The cluster of this laptop was made by kind: each node is a container. kind help tells its commands.
@ docker(1) kubectl(1)

.kubectl 1 control the Kubernetes cluster
> kubectl command [type] [name] [flags]
Talks to the API server that ~/.kube/config names. Its manual is in the program: kubectl help lists the commands, kubectl help get explains one, kubectl options lists the flags that all of them have.
kubectl explain pod.spec tells what a field of an object means.
@ kind(1) docker(1) jq(1)

.last,lastb 1 show a listing of last logged in users
> last [options]
@ who(1)

.ldd 1 print shared object dependencies
Lists the shared libraries that an executable needs, and where the loader finds them. What is to run in a chroot needs them all, and the loader itself.
    ldd /bin/bash
@ chroot(8)

.less 1 opposite of more
Shows text a screen at a time: space and b page, the arrows move by a line, / searches, n goes on, g and G go to both ends, q quits.
@ more(1) man(1)

.link 1 call the link function to create a link to a file
@ ln(1)

.ln 1 make links between files
Without -s a second name for the same file (same inode, same file system); with -s a small file that holds the name of another.
    ln -s /proc/4711/ns/net /var/run/netns/pod
@ readlink(1) stat(1)

.locale 1 get locale-specific information

.logger 1 enter messages into the system log
@ journalctl(1)

.loginctl 1 control the systemd login manager
@ who(1)

.logname 1 print user's login name
@ whoami(1)

.ls 1 list directory contents
Lists files, or what is in directories, sorted by name. Without arguments the working directory. Names that begin with a dot are left out unless -a or -A is given.
A long listing (-l) has the type and the permissions, the number of names, owner, group, size, time of last change and name.
# EXIT STATUS
0 if all went well, 1 for small trouble, 2 if an argument cannot be reached.
    ls -l /proc/self/ns
@ stat(1) find(1) chmod(1) dircolors(1)

.lsb_release 1 print distribution-specific information

.lscpu 1 display information about the CPU architecture
> lscpu [options]
@ nproc(1)

.man 1 an interface to the system reference manuals
Shows a page of the manual, in a pager on a terminal. Names are looked up in sections 1, 8, 3, 2, 5, 4, 9, 6, 7 in this order; a number before the name chooses.
- 1|programs
- 2|system calls
- 4|devices and kernel interfaces
- 5|files
- 7|concepts
- 8|programs for administration
The pages of this machine are short ones of its own: they describe what is modelled.
    man 7 namespaces
    man -k cgroup
# EXIT STATUS
0 success, 1 usage, 16 nothing found.
@ apropos(1) whatis(1) less(1)

.md5sum;md5sum.textutils 1 compute and check MD5 message digest
@ sha256sum(1)

.mesg 1 display (or do not display) messages from other users

.mkdir 1 make directories
With -p parents are made too, and it is no error if the directory is there already.
@ rmdir(1) mktemp(1)

.mkfifo 1 make FIFOs (named pipes)
@ mknod(1) pipe(7)

.mknod 1 make block or character special files
> mknod [OPTION]... NAME TYPE [MAJOR MINOR]
A device file is only a name with two numbers; the numbers say which driver of the kernel is meant. TYPE is b, c or p.
    mknod -m 666 box/dev/null c 1 3
@ mkfifo(1) capabilities(7)

.mktemp 1 create a temporary file or directory
@ mkdir(1)

.more 1 file perusal filter for viewing on a terminal
@ less(1)

.mountpoint 1 see if a directory or file is a mountpoint
@ findmnt(8) mount(8)

.mv 1 move (rename) files
Within a file system only names change; between two, files are copied and removed.
@ cp(1) ln(1)

.nano 1 small, friendly editor
> nano [options] [file]
Keys are shown at the bottom; ^ means Ctrl. ^O writes, ^X leaves.
@ vim(1)

.nc,netcat;nc.openbsd,nc.traditional 1 arbitrary TCP and UDP connections and listens
> nc [options] host port
> nc -l [options] port
Connects standard input and output to a port, or waits for somebody who connects.
- -l|listen
- -u|UDP instead of TCP
- -v|say what happens
- -z|only see whether the port answers
- -w seconds|give up after so long
- -k|with -l: go on after the first
@ curl(1) ss(8)

.nice 1 run a program with modified scheduling priority
@ renice(1) sched(7)

.nl 1 number lines of files
@ cat(1)

.nohup 1 run a command immune to hangups, with output to a non-tty
@ signal(7)

.nproc 1 print the number of processing units available
Counts what the process may run on. A CPU limit of a cgroup does not change it.
@ cgroups(7) taskset(1)

.nsenter 1 run program with namespaces of other processes
> nsenter [options] [program [arguments]]
Enters namespaces that exist already: those of the process of -t. This is how kubectl exec and docker exec get into a container, and how an image without tools is looked at with the node's.
- -t pid|whose namespaces
- -a|all of them
- -m|mount namespace
- -u|UTS namespace
- -i|IPC namespace
- -n|network namespace; -n=file: the one that is kept there
- -p|PID namespace
- -U|user namespace
- -C|cgroup namespace
- -T|time namespace
- -r|set the root directory
- -w|set the working directory
- -F|do not fork before running the program
    nsenter -t $(pgrep -o nginx) -n ss -ltn
@ unshare(1) namespaces(7) setns(2) lsns(8)

.nslookup 1 query Internet name servers interactively
> nslookup name [server]
@ dig(1) host(1)

.numfmt 1 convert numbers from/to human-readable strings

.od 1 dump files in octal and other formats
@ hexdump(1) xxd(1)

.openssl 1 cryptographic library's command line
> openssl command [options]
On this machine it is listed, but not modelled.
@ curl(1)

.passwd 1 change user password
@ passwd(5) useradd(8)

.paste 1 merge lines of files
@ join(1) column(1)

.pathchk 1 check whether file names are valid or portable

.perl 1 the Perl language interpreter
> perl [options] [file]
On this machine it is listed, but not modelled.

.pgrep,pkill 1 look up or signal processes based on name and other attributes
> pgrep [options] pattern
> pkill [options] pattern
Looks through the processes and prints the numbers of those whose name matches a regular expression; pkill sends them a signal (TERM unless told).
- -f|match the whole command line
- -x|match exactly
- -o|the oldest only
- -n|the newest only
- -l|print names too
- -a|print command lines too
- -P ppid|children of a process
- -u user|processes of a user
- -c|print only how many
- --ns pid|of the same namespaces as this process
@ ps(1) kill(1) signal(7)

.pidof 1 find the process ID of a running program
@ pgrep(1)

.ping;ping4,ping6 8 send ICMP ECHO_REQUEST to network hosts
> ping [options] destination
Sends a packet a second and prints what comes back, until it is interrupted.
- -c count|stop after so many
- -i seconds|time between packets
- -w seconds|stop after so long
- -W seconds|wait so long for an answer
- -I interface|leave by this device or address
- -s size|bytes of data
- -n|do not turn addresses into names
- -q|print only the summary
An ordinary user may ping because the file has CAP_NET_RAW, see getcap(8).
@ ip(8) tracepath(8) capabilities(7)

.pmap 1 report memory map of a process
@ proc(5)

.printenv 1 print all or part of environment
@ env(1)

.printf 1 format and print data
> printf FORMAT [ARGUMENT]...
Prints its arguments as FORMAT says: %s text, %d number, %x hexadecimal; backslash escapes are read. There is no newline unless FORMAT has one.
@ echo(1)

.prlimit 1 get and set process resource limits
> prlimit [options] [--pid pid | command]
@ bash(1) proc(5)

.ps 1 report a snapshot of the current processes
> ps [options]
Without options, the processes of this terminal. ps reads /proc: with another PID namespace's /proc it shows that namespace's processes.
- -e, -A|every process
- -f|full lines: parent, start, command
- aux|every process, with CPU and memory (BSD style)
- -p pids|only these
- -C name|only commands of that name
- -u user|only of these users
- -o columns|these columns: pid, ppid, user, stat, pcpu, rss, cmd, pidns, netns, cgroup
- --forest|draw the tree
- -L|show threads
- --sort key|sort by a column; -key: largest first
# PROCESS STATES
R runs or could, S sleeps, D waits for a device, T stopped, Z a zombie whose parent has not asked how it ended. After it: s first of its session, l several threads, + in the foreground.
    ps -eo pid,ppid,stat,cmd --forest
@ pgrep(1) top(1) pstree(1) proc(5)

.pstree 1 display a tree of processes
@ ps(1)

.pwd 1 print name of current/working directory
@ bash(1)

.pwdx 1 report current working directory of a process
@ proc(5)

.python3;python3.11 1 an interpreted, interactive, object-oriented programming language
> python3 [-c command | file] [argument...]
A small part of the language is modelled.

.readlink 1 print resolved symbolic links or canonical file names
    readlink /proc/self/ns/pid
@ realpath(1) ln(1)

.realpath 1 print the resolved path
@ readlink(1)

.renice 1 alter priority of running processes
> renice [-n] priority [-p] pid...
@ nice(1)

.reset,tset 1 terminal initialization
> reset
Brings a terminal back to its senses after a program left it in disorder.
@ stty(1) clear(1)

.rev 1 reverse lines characterwise
@ tac(1)

.rm 1 remove files or directories
Takes a name away; the file goes when it has no name left and no process has it open. Directories need -r.
@ rmdir(1) unlink(1)

.rmdir 1 remove empty directories
@ rm(1) mkdir(1)

.scp 1 OpenSSH secure file copy
Copies files between machines, user@host:path being a file of another one. No machine of this lab runs an SSH server.
@ ssh(1)

.script 1 make typescript of terminal session

.sed 1 stream editor for filtering and transforming text
Applies a script to every line: s/from/to/g replaces, /re/d deletes, -n with /re/p prints only what matches, 5,10p means lines. The result goes to standard output unless -i edits files in place.
    sed -n '/^spec:/,$p' pod.yaml
    sed -i 's/replicas: 2/replicas: 5/' deployment.yaml
@ awk(1) grep(1) tr(1)

.seq 1 print a sequence of numbers
@ bash(1)

.setarch,linux32,linux64 8 change reported architecture in new program environment

.setpriv 1 run a program with different Linux privilege settings
> setpriv [options] program [arguments]
Changes user, groups, capabilities and no_new_privs, then runs a program.
- -d|show what is set
- --reuid id|set the user
- --regid id|set the group
- --clear-groups|no further groups
- --bounding-set list|-all,+net_raw and the like
- --no-new-privs|nothing that follows can gain privileges
@ capsh(1) capabilities(7) sudo(8)

.setsid 1 run a program in a new session
> setsid [options] program [arguments]
@ credentials(7)

.sha256sum,sha1sum,sha224sum,sha384sum,sha512sum 1 compute and check message digests
Prints a digest of each file and its name; -c reads such lines and checks them.
    echo -n x | sha256sum
@ cksum(1) md5sum(1)

.shuf 1 generate random permutations
@ sort(1)

.sleep 1 delay for a specified amount of time
> sleep NUMBER[SUFFIX]...
Waits; s seconds (unless told), m minutes, h hours, d days, or infinity. Here time is the lab's.

.sort 1 sort lines of text files
Keys (-k) tell which fields are compared, -t what divides them.
    kubectl get pods -A --no-headers | sort -k5
@ uniq(1) comm(1)

.split 1 split a file into pieces
@ csplit(1) cat(1)

.ssh 1 OpenSSH remote login client
No machine of this lab runs an SSH server: nodes are entered by docker exec, Pods by kubectl exec.
@ scp(1) ssh-keygen(1) docker(1)

.ssh-keygen 1 OpenSSH authentication key utility
Makes a key pair, by default ~/.ssh/id_rsa and ~/.ssh/id_rsa.pub. The keys that it makes here are random text in the right form: nothing accepts them.
@ ssh(1)

.stat 1 display file or file system status
Everything the kernel knows of a file: inode, size, links, mode, owner, times. Two names with the same inode and device are the same file; namespaces can be told apart so.
@ ls(1) readlink(1)

.strace 1 trace system calls and signals
> strace [options] command [argument...]
> strace [options] -p PID
Shows the system calls that a process makes, with what they return, and the signals it gets, on standard error. The call is on the line before it has ended, so a program that hangs can be seen to wait in it.
- -f|children too
- -e trace=SET|only these calls: names, or %file, %process, %network, %desc, %signal
- -o FILE|write to a file
- -c|count calls, errors and time instead
- -p PID|a process that runs already; ^C lets go of it
- -y|what descriptors are open on
- -t, -tt, -r, -T|time of day, with microseconds, since the last call, how long a call took
- -s N|show N bytes of strings (32)
    strace -f -e trace=%file bash -c 'ls /nosuch'
# PERMISSION
A process of one's own, or CAP_SYS_PTRACE over it; one tracer a process. TracerPid in /proc/PID/status names it. A set-user-ID program that an ordinary user traces gets no privileges.
# DIFFERS
What is shown is what the programs of this lab do: they make fewer calls than real ones, and a call of theirs may stand for several of Linux, as reading a directory for openat, getdents64 and close. Memory is not mapped piece by piece, so mmap and brk are rare, and pointers that are not followed are all the same. Netlink is one line, netlink(what, ...). Programs with a built-in part of their own may do work without any call.
@ ps(1) lsof(8) capabilities(7)

.stdbuf 1 run COMMAND, with modified buffering operations for its standard streams
> stdbuf OPTION... COMMAND
- -o L|write lines as they are complete; -o0: at once
Programs of this lab write when a line of a terminal is complete or their buffer is full, whatever stdbuf says.
@ tee(1) script(1)

.stty 1 change and print terminal line settings
@ tty(1) reset(1)

.sum 1 checksum and count the blocks in a file
@ cksum(1)

.sync 1 synchronize cached writes to persistent storage

.systemctl;halt,poweroff,reboot,runlevel,shutdown,telinit 1 control the systemd system and service manager
> systemctl [options] command [unit...]
Asks PID 1 about units and tells it what to do with them.
- status unit|state, processes and last lines of the log
- start, stop, restart unit|now
- enable, disable unit|at boot; --now: also now
- list-units|what is loaded
- cat unit|the unit's file
- show unit|all properties
- daemon-reload|read unit files again
- is-active unit|one word and an exit status
    systemctl status kubelet
@ journalctl(1) systemd(1)

.systemd,init 1 system and service manager
Process 1 of a machine: it starts services, watches them, keeps each in a cgroup of its own, and reaps orphans.
@ systemctl(1) cgroups(7)

.systemd-cat 1 connect a pipeline or program's output with the journal
@ journalctl(1)

.systemd-cgls 1 recursively show control group contents
Draws the tree of cgroups with the processes in them. On a node the Pods are below kubelet.slice or kubepods.slice.
@ cgroups(7) ps(1)

.systemd-detect-virt 1 detect execution in a virtualized environment
> systemd-detect-virt [options]

.systemd-run 1 run programs in transient scope or service units
    systemd-run --unit=eater -p MemoryMax=50M tail /dev/zero
    systemd-run --scope -p MemoryMax=50M bash
@ systemctl(1) cgroups(7)

.tac 1 concatenate and print files in reverse
@ cat(1) rev(1)

.tail 1 output the last part of files
With -f it goes on while the file grows, until it is interrupted.
    tail -n 20 -f /var/log/syslog
@ head(1) less(1)

.tar 1 an archiving utility
> tar -c [-f archive] [options] file...
> tar -t [-f archive] [options]
> tar -x [-f archive] [options] [file...]
Puts many files into one, with names, owners, modes and times, and gets them out again. Layers of container images are tar archives.
- -c|create
- -x|extract
- -t|list
- -f file|the archive; -: standard input or output
- -v|name the files
- -z|through gzip
- -C dir|change into a directory first
- -p|keep modes
- --exclude pattern|leave out
- --strip-components n|cut n components off names
@ gzip(1) cp(1)

.taskset 1 set or retrieve a process's CPU affinity
> taskset [options] mask command
> taskset [options] -p [mask] pid
@ nproc(1)

.tee 1 read from standard input and write to standard output and files
The usual way to write a file of root's: sudo cannot do it for a redirection, which the shell opens.
    echo 1 | sudo tee /proc/sys/net/ipv4/ip_forward
@ cat(1)

.test,[ 1 check file types and compare values
> test EXPRESSION
> [ EXPRESSION ]
Ends with status 0 if the expression is true, else 1. In bash it is a builtin.
- -e, -f, -d, -L file|exists; is a file, a directory, a link
- -r, -w, -x file|may be read, written, executed
- -s file|is not empty
- -n, -z string|is not empty, is empty
- a = b, a != b|strings are equal, differ
- a -eq b|numbers: also -ne -lt -le -gt -ge
- ! x, x -a y, x -o y|not, and, or
@ bash(1) expr(1)

.time 1 run programs and summarize system resource usage
> time command
In bash it is a word of the shell.

.timedatectl 1 control the system time and date
@ date(1)

.timeout 1 run a command with a time limit
The status is 124 if the time was over.
    timeout 5 curl -s http://web
@ kill(1) sleep(1)

.top 1 display Linux processes
> top [options]
Processes that use most of the CPU, again every three seconds. q quits, M sorts by memory, P by CPU, k kills, 1 shows each CPU, c whole command lines.
- -b|plain text, for pipes
- -n count|stop after so many
- -d seconds|time between two
- -p pids|only these
- -o column|sort by it
@ ps(1) free(1)

.touch 1 change file timestamps
Files that are missing are made, empty.
@ stat(1)

.tput 1 initialize a terminal or query terminfo database
> tput capability [parameter...]
@ clear(1)

.tr 1 translate or delete characters
Replaces characters of standard input, one by one.
    tr '\\\\0' '\\\\n' </proc/self/environ
@ sed(1)

.tree 1 list contents of directories in a tree-like format
@ ls(1) find(1)

.true 1 do nothing, successfully
> true
@ false(1)

.truncate 1 shrink or extend the size of a file to the specified size
@ dd(1)

.tsort 1 perform topological sort

.tty 1 print the file name of the terminal connected to standard input
@ stty(1)

.uname 1 print system information
Containers share the kernel of their machine: uname -r says the same in all of them. Only the host name (-n) is the UTS namespace's.
@ hostname(1) namespaces(7)

.unexpand 1 convert spaces to tabs
@ expand(1)

.uniq 1 report or omit repeated lines
Looks only at neighbours: sort first.
    sort names | uniq -c | sort -rn
@ sort(1)

.unlink 1 call the unlink function to remove the specified file
@ rm(1)

.unshare 1 run program in new namespaces
> unshare [options] [program [arguments]]
Starts a program (a shell, if none is given) that has some namespaces of its own. Each letter is one of them.
- -m|mounts
- -u|host name
- -i|IPC
- -n|network
- -p|processes; takes effect for children, so add -f
- -U|users
- -C|cgroups
- -T|clocks
- -f|fork before running the program
- --mount-proc|with -p: mount a /proc for the new namespace
- -r|be root inside a new user namespace
- -R dir|change the root directory
- --propagation kind|private (the default), slave, shared, unchanged
- --kill-child|when unshare dies, so does the program
    unshare --fork --pid --mount-proc bash
@ nsenter(1) lsns(8) namespaces(7) unshare(2)

.update-alternatives 1 maintain symbolic links determining default commands
> update-alternatives [option...] command
Several packages may provide a program such as editor. /usr/bin/editor is then a link to /etc/alternatives/editor, which is a link to one of them.
- --list name|the choices
- --query name|everything about a name, for programs
- --display name|everything, for people
- --get-selections|all names, how they are chosen, what is chosen
- --set name path|choose
- --auto name|let priorities choose again
@ dpkg(1)

.uptime 1 tell how long the system has been running
@ w(1)

.users 1 print the user names of users currently logged in
@ who(1)

.vdir 1 list directory contents
Like ls -l -b.
@ ls(1)

.vim,vi,view;vim.basic,vim.tiny 1 Vi IMproved, a programmer's text editor
> vim [options] [file]
i inserts, Esc goes back, :w writes, :q quits, :q! quits without writing.
@ nano(1)

.vmstat 8 report virtual memory statistics
@ free(1)

.w 1 show who is logged on and what they are doing
@ who(1) uptime(1)

.watch 1 execute a program periodically, showing output fullscreen
    watch -n 1 kubectl get pods
@ sleep(1)

.wc 1 print newline, word, and byte counts for each file
    kubectl get pods --no-headers | wc -l

.wget 1 the non-interactive network downloader
> wget [options] url...
Fetches a file and keeps it under its own name.
- -O file|keep it under this name; -: print it
- -q|no messages
- -S|show the answer's head
- -T seconds|give up after so long
- --spider|only look whether it is there
@ curl(1)

.whatis 1 display one-line manual page descriptions
@ man(1) apropos(1)

.whereis 1 locate the binary, source, and manual page files for a command
@ which(1)

.which;which.debianutils 1 locate a command
> which [-a] name...
Looks through PATH. type in bash also knows builtins, functions and aliases.
@ whereis(1)

.who 1 show who is logged on
@ w(1) last(1)

.whoami 1 print effective user name
@ id(1)

.xargs 1 build and execute command lines from standard input
    kubectl get pods -o name | xargs kubectl delete
@ find(1)

.xxd 1 make a hex dump or do the reverse
@ hexdump(1) od(1)

.xz,unxz,xzcat 1 compress or decompress .xz files
@ gzip(1)

.yes 1 output a string repeatedly until killed
@ timeout(1)

.yq 1 YAML processor with the language of jq
Reads YAML, applies an expression, prints YAML. Expressions are those of jq here; comments of the input are lost.
    kubectl get deploy web -o yaml | yq .spec.replicas
@ jq(1)

.zgrep,zegrep,zfgrep 1 search compressed files for a regular expression
> zgrep [grep_options] pattern [file]...
@ grep(1) gzip(1)

.zless,zmore 1 file perusal filter for viewing compressed text
@ less(1) gzip(1)

.getfattr 1 get extended attributes of filesystem objects
> getfattr [-n name|-d] [-m pattern] path...
Names without values, unless -d or -n asks for them; only those of the class user, unless -m - asks for all.
    getfattr -d -m - upper/dir
@ setfattr(1) getcap(8)

.setfattr 1 set extended attributes of filesystem objects
> setfattr -n name [-v value] file...
> setfattr -x name file...
@ getfattr(1) setcap(8)

.chattr 1 change file attributes on a Linux file system
> chattr [-R] [-+=aAdistS...] files...
Of the attributes two have an effect here: a file with i (immutable) can't be changed, renamed, linked or removed, one with a can only grow. Setting them needs CAP_LINUX_IMMUTABLE.
    chattr +i /etc/resolv.conf
@ lsattr(1) chmod(1) capabilities(7)

.lsattr 1 list file attributes on a Linux file system
> lsattr [-Rad] [files...]
@ chattr(1)
`
