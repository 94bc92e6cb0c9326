/**
 * What is installed in /usr/bin, /usr/sbin and /usr/lib of a Debian 12 machine: executables with their sizes and DT_NEEDED
 * lists, shared libraries, symbolic links. Read off Debian 12.15 (amd64) with objdump(1); one line a file.
 */

/** `package`, a colon, then per line: directory below /usr, name, bytes, mode, needed libraries. */
export const EXECUTABLES = `
adduser:
sbin adduser 44000 755 libc.so.6
sbin deluser 18000 755 libc.so.6
apt:
bin apt 18752 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bin apt-cache 88456 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bin apt-cdrom 22920 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bin apt-config 26944 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bin apt-get 51592 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bin apt-mark 59784 755 libapt-private.so.0.0 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
bash:
bin bash 1265648 755 libtinfo.so.6 libc.so.6
bin clear_console 14488 755 libtinfo.so.6 libc.so.6
bc:
bin bc 97752 755 libreadline.so.8 libc.so.6
bind9-dnsutils:
bin dig 158816 755 libc.so.6
bin nslookup 150688 755 libc.so.6
bind9-host:
bin host 126016 755 libc.so.6
bridge-utils:
sbin brctl 35512 755 libc.so.6
bsdextrautils:
bin col 35136 755 libc.so.6
bin colcrt 14656 755 libc.so.6
bin colrm 31040 755 libc.so.6
bin column 55616 755 libsmartcols.so.1 libc.so.6
bin hexdump 59720 755 libtinfo.so.6 libc.so.6
bin look 18752 755 libc.so.6
bin ul 22848 755 libtinfo.so.6 libc.so.6
bin write 22848 755 libc.so.6
bsdutils:
bin logger 56216 755 libsystemd.so.0 libc.so.6
bin renice 14648 755 libc.so.6
bin script 71992 755 libc.so.6
bin scriptlive 55608 755 libc.so.6
bin scriptreplay 47416 755 libc.so.6
bin wall 39224 755 libc.so.6
bzip2:
bin bunzip2 39224 755 libbz2.so.1.0 libc.so.6
bin bzcat 39224 755 libbz2.so.1.0 libc.so.6
bin bzip2 39224 755 libbz2.so.1.0 libc.so.6
bin bzip2recover 14568 755 libc.so.6
conntrack:
sbin conntrack 84968 755 libnetfilter_conntrack.so.3 libmnl.so.0 libc.so.6
cron:
bin crontab 39568 2755 libselinux.so.1 libc.so.6
sbin cron 55944 755 libpam.so.0 libselinux.so.1 libc.so.6
dbus-daemon:
bin dbus-daemon 236096 755 libsystemd.so.0 libaudit.so.1 libcap-ng.so.0 libselinux.so.1 libapparmor.so.1 libc.so.6
bin dbus-run-session 14488 755 libc.so.6
coreutils:
bin [ 68496 755 libc.so.6
bin arch 43888 755 libc.so.6
bin b2sum 60400 755 libc.so.6
bin base32 48016 755 libc.so.6
bin base64 48016 755 libc.so.6
bin basename 43856 755 libc.so.6
bin basenc 56208 755 libc.so.6
bin cat 44016 755 libc.so.6
bin chcon 68720 755 libselinux.so.1 libc.so.6
bin chgrp 68656 755 libc.so.6
bin chmod 64496 755 libc.so.6
bin chown 72752 755 libc.so.6
bin cksum 142384 755 libc.so.6
bin comm 48048 755 libc.so.6
bin cp 151152 755 libselinux.so.1 libacl.so.1 libattr.so.1 libc.so.6
bin csplit 122032 755 libc.so.6
bin cut 48112 755 libc.so.6
bin date 121904 755 libc.so.6
bin dd 89240 755 libc.so.6
bin df 102200 755 libc.so.6
bin dir 151344 755 libselinux.so.1 libc.so.6
bin dircolors 52144 755 libc.so.6
bin dirname 39760 755 libc.so.6
bin du 175440 755 libc.so.6
bin echo 43856 755 libc.so.6
bin env 48536 755 libc.so.6
bin expand 43952 755 libc.so.6
bin expr 117808 755 libgmp.so.10 libc.so.6
bin factor 85200 755 libgmp.so.10 libc.so.6
bin false 35664 755 libc.so.6
bin fmt 48016 755 libc.so.6
bin fold 43920 755 libc.so.6
bin groups 43920 755 libc.so.6
bin head 48080 755 libc.so.6
bin hostid 39760 755 libc.so.6
bin id 48144 755 libselinux.so.1 libc.so.6
bin install 159544 755 libselinux.so.1 libacl.so.1 libattr.so.1 libc.so.6
bin join 56304 755 libc.so.6
bin link 39760 755 libc.so.6
bin ln 72824 755 libc.so.6
bin logname 39760 755 libc.so.6
bin ls 151344 755 libselinux.so.1 libc.so.6
bin md5sum 52176 755 libc.so.6
bin mkdir 97552 755 libselinux.so.1 libc.so.6
bin mkfifo 68784 755 libselinux.so.1 libc.so.6
bin mknod 72912 755 libselinux.so.1 libc.so.6
bin mktemp 43952 755 libc.so.6
bin mv 142968 755 libselinux.so.1 libacl.so.1 libattr.so.1 libc.so.6
bin nice 43888 755 libc.so.6
bin nl 113776 755 libc.so.6
bin nohup 43920 755 libc.so.6
bin nproc 43920 755 libc.so.6
bin numfmt 68624 755 libc.so.6
bin od 80912 755 libc.so.6
bin paste 43920 755 libc.so.6
bin pathchk 43888 755 libc.so.6
bin pinky 48176 755 libc.so.6
bin pr 81008 755 libc.so.6
bin printenv 35664 755 libc.so.6
bin printf 64432 755 libc.so.6
bin ptx 138480 755 libc.so.6
bin pwd 43952 755 libc.so.6
bin readlink 52112 755 libc.so.6
bin realpath 52144 755 libc.so.6
bin rm 72752 755 libc.so.6
bin rmdir 56240 755 libc.so.6
bin runcon 43984 755 libselinux.so.1 libc.so.6
bin seq 60336 755 libc.so.6
bin sha1sum 56272 755 libc.so.6
bin sha224sum 60368 755 libc.so.6
bin sha256sum 60368 755 libc.so.6
bin sha384sum 64464 755 libc.so.6
bin sha512sum 64464 755 libc.so.6
bin shred 64656 755 libc.so.6
bin shuf 60400 755 libc.so.6
bin sleep 43888 755 libc.so.6
bin sort 118456 755 libc.so.6
bin split 60984 755 libc.so.6
bin stat 97488 755 libselinux.so.1 libc.so.6
bin stdbuf 60336 755 libc.so.6
bin stty 85008 755 libc.so.6
bin sum 52184 755 libc.so.6
bin sync 39824 755 libc.so.6
bin tac 113712 755 libc.so.6
bin tail 76944 755 libc.so.6
bin tee 43984 755 libc.so.6
bin test 60304 755 libc.so.6
bin timeout 48632 755 libc.so.6
bin touch 109616 755 libc.so.6
bin tr 56208 755 libc.so.6
bin true 35664 755 libc.so.6
bin truncate 43920 755 libc.so.6
bin tsort 56208 755 libc.so.6
bin tty 35696 755 libc.so.6
bin uname 43888 755 libc.so.6
bin unexpand 43952 755 libc.so.6
bin uniq 48080 755 libc.so.6
bin unlink 39760 755 libc.so.6
bin users 39824 755 libc.so.6
bin vdir 151344 755 libselinux.so.1 libc.so.6
bin wc 52280 755 libc.so.6
bin who 60432 755 libc.so.6
bin whoami 39792 755 libc.so.6
bin yes 39760 755 libc.so.6
sbin chroot 48112 755 libc.so.6
curl:
bin curl 280800 755 libcurl.so.4 libz.so.1 libc.so.6
dash:
bin dash 125640 755 libc.so.6
debianutils:
bin ischroot 14664 755 libc.so.6
bin run-parts 27560 755 libc.so.6
bin tempfile 14520 755 libc.so.6
bin which.debianutils 946 755 libc.so.6
diffutils:
bin cmp 52176 755 libc.so.6
bin diff 155216 755 libc.so.6
bin diff3 68752 755 libc.so.6
bin sdiff 56400 755 libc.so.6
dpkg:
bin dpkg 318096 755 libmd.so.0 libselinux.so.1 libc.so.6
bin dpkg-deb 170512 755 libmd.so.0 libz.so.1 liblzma.so.5 libzstd.so.1 libbz2.so.1.0 libc.so.6
bin dpkg-divert 158264 755 libmd.so.0 libc.so.6
bin dpkg-query 162384 755 libmd.so.0 libc.so.6
bin dpkg-split 129520 755 libmd.so.0 libc.so.6
bin dpkg-statoverride 63824 755 libselinux.so.1 libc.so.6
bin dpkg-trigger 88560 755 libmd.so.0 libc.so.6
bin update-alternatives 59712 755 libc.so.6
sbin start-stop-daemon 44464 755 libc.so.6
ethtool:
sbin ethtool 458824 755 libmnl.so.0 libc.so.6
file:
bin file 27120 755 libmagic.so.1 libc.so.6
findutils:
bin find 224848 755 libselinux.so.1 libm.so.6 libc.so.6
bin xargs 72136 755 libc.so.6
grep:
bin egrep 41 755
bin fgrep 41 755
bin grep 203152 755 libpcre2-8.so.0 libc.so.6
bin rgrep 30 755
gzip:
bin gunzip 2346 755 libc.so.6
bin gzip 98136 755 libc.so.6
bin uncompress 2346 755 libc.so.6
bin zcat 1984 755 libc.so.6
bin zegrep 2206 755 libc.so.6
bin zfgrep 2206 755 libc.so.6
bin zgrep 8103 755 libc.so.6
bin zless 2206 755 libc.so.6
bin zmore 1842 755 libc.so.6
hostname:
bin hostname 22680 755 libc.so.6
init-system-helpers:
sbin invoke-rc.d 16517 755 libc.so.6
sbin service 9099 755 libc.so.6
sbin update-rc.d 17742 755 libc.so.6
iproute2:
bin ip 691016 755 libbpf.so.1 libelf.so.1 libmnl.so.0 libbsd.so.0 libcap.so.2 libc.so.6
bin lnstat 27224 755 libc.so.6
bin nstat 106952 755 libbsd.so.0 libmnl.so.0 libcap.so.2 libm.so.6 libc.so.6
bin rdma 184936 755 libmnl.so.0 libbsd.so.0 libcap.so.2 libc.so.6
bin ss 193680 755 libselinux.so.1 libtirpc.so.3 libbsd.so.0 libmnl.so.0 libcap.so.2 libc.so.6
sbin arpd 106984 755 libmnl.so.0 libcap.so.2 libdb-5.3.so libc.so.6
sbin bridge 156200 755 libmnl.so.0 libcap.so.2 libc.so.6
sbin dcb 148072 755 libmnl.so.0 libcap.so.2 libc.so.6
sbin devlink 226280 755 libmnl.so.0 libcap.so.2 libc.so.6
sbin genl 119304 755 libmnl.so.0 libbsd.so.0 libcap.so.2 libc.so.6
sbin rtacct 45432 755 libm.so.6 libc.so.6
sbin rtmon 115144 755 libmnl.so.0 libcap.so.2 libc.so.6
sbin tc 587776 755 libbpf.so.1 libelf.so.1 libmnl.so.0 libbsd.so.0 libcap.so.2 libm.so.6 libxtables.so.12 libc.so.6
sbin tipc 156264 755 libmnl.so.0 libcap.so.2 libc.so.6
sbin vdpa 119464 755 libmnl.so.0 libcap.so.2 libc.so.6
ipset:
sbin ipset 10400 755 libipset.so.13 libc.so.6
iptables:
sbin xtables-nft-multi 223944 755 libmnl.so.0 libnftnl.so.11 libxtables.so.12 libc.so.6
sbin xtables-legacy-multi 99776 755 libip4tc.so.2 libip6tc.so.2 libxtables.so.12 libc.so.6
iputils-arping:
bin arping 27016 755 libcap.so.2 libc.so.6
iputils-ping:
bin ping 90568 755 libcap.so.2 libidn2.so.0 libc.so.6
iputils-tracepath:
bin tracepath 18720 755 libidn2.so.0 libc.so.6
ipvsadm:
sbin ipvsadm 72160 755 libnl-genl-3.so.200 libnl-3.so.200 libc.so.6
jq:
bin jq 30800 755 libjq.so.1 libc.so.6
kmod:
bin kmod 170424 755 libzstd.so.1 liblzma.so.5 libcrypto.so.3 libc.so.6
less:
bin less 198960 755 libtinfo.so.6 libc.so.6
bin lessecho 14584 755 libc.so.6
bin lesskey 24200 755 libc.so.6
libc-bin:
bin getconf 27136 755 libc.so.6
bin getent 36320 755 libc.so.6
bin iconv 64648 755 libc.so.6
bin ldd 5407 755 libc.so.6
bin locale 47272 755 libc.so.6
bin localedef 298912 755 libc.so.6
bin pldd 23232 755 libc.so.6
bin zdump 23064 755 libc.so.6
sbin iconvconfig 31584 755 libc.so.6
sbin ldconfig 982880 755
sbin zic 60136 755 libc.so.6
libcap2-bin:
sbin capsh 54568 755 libcap.so.2 libc.so.6
sbin getcap 14576 755 libcap.so.2 libc.so.6
sbin getpcaps 14576 755 libcap.so.2 libc.so.6
sbin setcap 14576 755 libcap.so.2 libc.so.6
libpam-modules-bin:
sbin faillock 14584 755 libpam.so.0 libaudit.so.1 libc.so.6
sbin mkhomedir_helper 22800 755 libpam.so.0 libc.so.6
sbin pam_timestamp_check 14584 755 libpam.so.0 libc.so.6
sbin pwhistory_helper 18680 755 libcrypt.so.1 libc.so.6
sbin unix_chkpwd 39160 2755 libcrypt.so.1 libselinux.so.1 libaudit.so.1 libc.so.6
sbin unix_update 39160 755 libcrypt.so.1 libselinux.so.1 libc.so.6
e2fsprogs:
bin chattr 14648 755 libe2p.so.2 libc.so.6
bin lsattr 14648 755 libe2p.so.2 libc.so.6
sbin mke2fs 137128 755 libext2fs.so.2 libcom_err.so.2 libblkid.so.1 libuuid.so.1 libe2p.so.2 libc.so.6
login:
bin faillog 23072 755 libc.so.6
bin lastlog 32512 755 libaudit.so.1 libc.so.6
bin login 53024 755 libpam.so.0 libpam_misc.so.0 libaudit.so.1 libc.so.6
bin newgrp 48896 4755 libaudit.so.1 libcrypt.so.1 libc.so.6
sbin nologin 14568 755 libc.so.6
lsof:
bin lsof 175640 755 libselinux.so.1 libtirpc.so.3 libc.so.6
mawk:
bin mawk 158376 755 libm.so.6 libc.so.6
mount:
bin mount 59704 4755 libmount.so.1 libselinux.so.1 libc.so.6
bin umount 35128 4755 libmount.so.1 libc.so.6
sbin losetup 117168 755 libsmartcols.so.1 libc.so.6
sbin swapoff 22840 755 libmount.so.1 libblkid.so.1 libc.so.6
sbin swapon 51512 755 libblkid.so.1 libmount.so.1 libsmartcols.so.1 libc.so.6
nano:
bin nano 287064 755 libncursesw.so.6 libtinfo.so.6 libc.so.6
ncurses-bin:
bin clear 14584 755 libtinfo.so.6 libc.so.6
bin infocmp 63808 755 libtic.so.6 libtinfo.so.6 libc.so.6
bin tabs 18672 755 libtinfo.so.6 libc.so.6
bin tic 92512 755 libtic.so.6 libtinfo.so.6 libc.so.6
bin toe 22768 755 libtic.so.6 libtinfo.so.6 libc.so.6
bin tput 26896 755 libtinfo.so.6 libc.so.6
bin tset 30968 755 libtinfo.so.6 libc.so.6
net-tools:
bin netstat 155008 755 libselinux.so.1 libc.so.6
sbin arp 67392 755 libselinux.so.1 libc.so.6
sbin ifconfig 81664 755 libselinux.so.1 libc.so.6
sbin route 71072 755 libselinux.so.1 libc.so.6
netcat-openbsd:
bin nc.openbsd 43264 755 libbsd.so.0 libresolv.so.2 libc.so.6
nftables:
sbin nft 27288 755 libnftables.so.1 libedit.so.2 libc.so.6
openssh-client:
bin ssh 1100368 755 libselinux.so.1 libgssapi_krb5.so.2 libcrypto.so.3 libz.so.1 libc.so.6
openssh-server:
sbin sshd 1130496 755 libwrap.so.0 libaudit.so.1 libpam.so.0 libsystemd.so.0 libselinux.so.1 libgssapi_krb5.so.2 libkrb5.so.3 libcom_err.so.2 libcrypto.so.3 libz.so.1 libcrypt.so.1 libc.so.6
openssl:
bin openssl 976136 755 libssl.so.3 libcrypto.so.3 libc.so.6
passwd:
bin chage 80376 2755 libaudit.so.1 libselinux.so.1 libc.so.6
bin chfn 62672 4755 libpam.so.0 libpam_misc.so.0 libaudit.so.1 libselinux.so.1 libc.so.6
bin chsh 52880 4755 libpam.so.0 libpam_misc.so.0 libaudit.so.1 libselinux.so.1 libc.so.6
bin expiry 31184 2755 libc.so.6
bin gpasswd 88496 4755 libaudit.so.1 libselinux.so.1 libcrypt.so.1 libc.so.6
bin passwd 68248 4755 libpam.so.0 libpam_misc.so.0 libaudit.so.1 libselinux.so.1 libc.so.6
sbin chgpasswd 67880 755 libaudit.so.1 libselinux.so.1 libcrypt.so.1 libc.so.6
sbin chpasswd 63856 755 libpam.so.0 libaudit.so.1 libselinux.so.1 libcrypt.so.1 libc.so.6
sbin cppw 61880 755 libselinux.so.1 libaudit.so.1 libc.so.6
sbin groupadd 101416 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin groupdel 88936 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin groupmems 67920 755 libpam.so.0 libpam_misc.so.0 libaudit.so.1 libselinux.so.1 libc.so.6
sbin groupmod 101384 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin grpck 67888 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin grpconv 59536 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin grpunconv 59536 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin newusers 105392 755 libpam.so.0 libaudit.so.1 libselinux.so.1 libc.so.6
sbin pwck 59656 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin pwconv 55432 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin pwunconv 55472 755 libaudit.so.1 libselinux.so.1 libc.so.6
sbin useradd 159536 755 libaudit.so.1 libselinux.so.1 libsemanage.so.2 libc.so.6
sbin userdel 113608 755 libaudit.so.1 libselinux.so.1 libsemanage.so.2 libc.so.6
sbin usermod 147056 755 libaudit.so.1 libselinux.so.1 libsemanage.so.2 libc.so.6
sbin vipw 74384 755 libaudit.so.1 libselinux.so.1 libc.so.6
perl-base:
bin perl 3804632 755 libcrypt.so.1 libm.so.6 libc.so.6
procps:
bin free 26936 755 libproc2.so.0 libc.so.6
bin kill 22840 755 libc.so.6
bin pgrep 35248 755 libproc2.so.0 libc.so.6
bin pidwait 35248 755 libproc2.so.0 libc.so.6
bin pmap 35160 755 libproc2.so.0 libc.so.6
bin ps 146360 755 libproc2.so.0 libc.so.6
bin pwdx 14648 755 libc.so.6
bin skill 31056 755 libproc2.so.0 libc.so.6
bin slabtop 22904 755 libproc2.so.0 libncursesw.so.6 libtinfo.so.6 libc.so.6
bin tload 18760 755 libproc2.so.0 libc.so.6
bin top 134736 755 libproc2.so.0 libtinfo.so.6 libc.so.6
bin uptime 14648 755 libproc2.so.0 libc.so.6
bin vmstat 35552 755 libproc2.so.0 libc.so.6
bin w 22840 755 libproc2.so.0 libc.so.6
bin watch 27352 755 libncursesw.so.6 libtinfo.so.6 libc.so.6
sbin sysctl 31040 755 libc.so.6
psmisc:
bin fuser 40784 755 libc.so.6
bin killall 32720 755 libc.so.6
bin peekfd 14848 755 libc.so.6
bin prtstat 19016 755 libc.so.6
bin pslog 14792 755 libc.so.6
bin pstree 36640 755 libtinfo.so.6 libc.so.6
python3.11-minimal:
bin python3.11 6831736 755 libm.so.6 libexpat.so.1 libz.so.1 libc.so.6
rsyslog:
sbin rsyslogd 784856 755 libz.so.1 libestr.so.0 libfastjson.so.4 libsystemd.so.0 libuuid.so.1 libc.so.6
sed:
bin sed 126424 755 libacl.so.1 libselinux.so.1 libc.so.6
strace:
bin strace 2034104 755 libunwind-ptrace.so.0 libunwind-x86_64.so.8 libc.so.6
sudo:
bin sudo 281624 4755 libaudit.so.1 libselinux.so.1 libsudo_util.so.0 libc.so.6
systemd:
bin busctl 92672 755 libc.so.6
bin hostnamectl 31104 755 libc.so.6
bin journalctl 76432 755 libc.so.6
bin localectl 27008 755 libc.so.6
bin loginctl 59888 755 libc.so.6
bin networkctl 108936 755 libc.so.6
bin systemctl 1353368 755 libcap.so.2 libselinux.so.1 liblzma.so.5 liblz4.so.1 libzstd.so.1 libm.so.6 libblkid.so.1 libgcrypt.so.20 libmount.so.1 libcrypto.so.3 libc.so.6 ld-linux-x86-64.so.2
bin systemd-analyze 186992 755 libseccomp.so.2 libc.so.6
bin systemd-ask-password 18928 755 libc.so.6
bin systemd-cat 18816 755 libc.so.6
bin systemd-cgls 23016 755 libc.so.6
bin systemd-cgtop 39320 755 libc.so.6
bin systemd-creds 43632 755 libc.so.6
bin systemd-cryptenroll 60008 755 libcryptsetup.so.12 libcrypto.so.3 libc.so.6
bin systemd-delta 27008 755 libc.so.6
bin systemd-detect-virt 18808 755 libc.so.6
bin systemd-escape 18808 755 libc.so.6
bin systemd-firstboot 51800 755 libc.so.6
bin systemd-id128 22904 755 libc.so.6
bin systemd-inhibit 22928 755 libc.so.6
bin systemd-machine-id-setup 18928 755 libc.so.6
bin systemd-mount 51808 755 libmount.so.1 libc.so.6
bin systemd-notify 18816 755 libc.so.6
bin systemd-path 18808 755 libc.so.6
bin systemd-repart 154304 755 libblkid.so.1 libfdisk.so.1 libcrypto.so.3 libc.so.6
bin systemd-run 59976 755 libc.so.6
bin systemd-socket-activate 27008 755 libc.so.6
bin systemd-stdio-bridge 18816 755 libc.so.6
bin systemd-sysext 43512 755 libc.so.6
bin systemd-sysusers 64184 755 libc.so.6
bin systemd-tmpfiles 113224 755 libacl.so.1 libc.so.6
bin systemd-tty-ask-password-agent 35200 755 libc.so.6
bin timedatectl 43384 755 libm.so.6 libc.so.6
lib/systemd systemd 92544 755 libc.so.6
lib/systemd systemd-ac-power 14712 755 libc.so.6
lib/systemd systemd-backlight 31096 755 libc.so.6
lib/systemd systemd-binfmt 18808 755 libc.so.6
lib/systemd systemd-boot-check-no-failures 14712 755 libc.so.6
lib/systemd systemd-cgroups-agent 14640 755 libc.so.6
lib/systemd systemd-cryptsetup 72344 755 libcryptsetup.so.12 libc.so.6
lib/systemd systemd-fsck 22840 755 libc.so.6
lib/systemd systemd-fsckd 27000 755 libc.so.6
lib/systemd systemd-growfs 22904 755 libc.so.6
lib/systemd systemd-hibernate-resume 14640 755 libc.so.6
lib/systemd systemd-hostnamed 43408 755 libc.so.6
lib/systemd systemd-initctl 22904 755 libc.so.6
lib/systemd systemd-integritysetup 22952 755 libcryptsetup.so.12 libc.so.6
lib/systemd systemd-journald 170496 755 libselinux.so.1 libc.so.6
lib/systemd systemd-localed 47504 755 libc.so.6
lib/systemd systemd-logind 281096 755 libc.so.6 ld-linux-x86-64.so.2
lib/systemd systemd-makefs 14640 755 libc.so.6
lib/systemd systemd-measure 47672 755 libcrypto.so.3 libc.so.6
lib/systemd systemd-modules-load 18912 755 libkmod.so.2 libc.so.6
lib/systemd systemd-network-generator 39288 755 libc.so.6
lib/systemd systemd-networkd 1632896 755 libc.so.6 ld-linux-x86-64.so.2
lib/systemd systemd-networkd-wait-online 31232 755 libc.so.6
lib/systemd systemd-pcrphase 23024 755 libcrypto.so.3 libc.so.6
lib/systemd systemd-pstore 22928 755 libc.so.6
lib/systemd systemd-quotacheck 14712 755 libc.so.6
lib/systemd systemd-random-seed 22832 755 libc.so.6
lib/systemd systemd-remount-fs 18736 755 libc.so.6
lib/systemd systemd-reply-password 14640 755 libc.so.6
lib/systemd systemd-rfkill 22904 755 libc.so.6
lib/systemd systemd-shutdown 47488 755 libmount.so.1 libc.so.6
lib/systemd systemd-sleep 31104 755 libc.so.6
lib/systemd systemd-socket-proxyd 31112 755 libc.so.6
lib/systemd systemd-sulogin-shell 14712 755 libc.so.6
lib/systemd systemd-sysctl 23008 755 libc.so.6
lib/systemd systemd-time-wait-sync 18736 755 libc.so.6
lib/systemd systemd-timedated 43408 755 libc.so.6
lib/systemd systemd-update-utmp 18808 755 libaudit.so.1 libc.so.6
lib/systemd systemd-user-runtime-dir 18736 755 libc.so.6
lib/systemd systemd-user-sessions 14640 755 libc.so.6
lib/systemd systemd-veritysetup 22944 755 libcryptsetup.so.12 libc.so.6
lib/systemd systemd-volatile-root 18736 755 libc.so.6
lib/systemd systemd-xdg-autostart-condition 14640 755 libc.so.6
sysvinit-utils:
bin pidof 14568 755 libc.so.6
tar:
bin tar 531984 755 libacl.so.1 libselinux.so.1 libc.so.6
sbin rmt-tar 60432 755 libc.so.6
tcpdump:
bin tcpdump 1261512 755 libpcap.so.0.8 libcrypto.so.3 libc.so.6
time:
bin time 27400 755 libc.so.6
traceroute:
bin traceroute.db 64696 755 libm.so.6 libc.so.6
tree:
bin tree 82728 755 libc.so.6
udev:
bin systemd-hwdb 129704 755 libselinux.so.1 libc.so.6 ld-linux-x86-64.so.2
bin udevadm 1353288 755 libkmod.so.2 libacl.so.1 libblkid.so.1 libcap.so.2 libselinux.so.1 libc.so.6 ld-linux-x86-64.so.2
util-linux:
bin addpart 31040 755 libc.so.6
bin choom 55616 755 libc.so.6
bin chrt 67904 755 libc.so.6
bin delpart 31040 755 libc.so.6
bin dmesg 88656 755 libtinfo.so.6 libc.so.6
bin fallocate 35136 755 libc.so.6
bin findmnt 85600 755 libmount.so.1 libsmartcols.so.1 libblkid.so.1 libudev.so.1 libc.so.6
bin flock 35216 755 libc.so.6
bin getopt 35136 755 libc.so.6
bin hardlink 51600 755 libc.so.6
bin ionice 35136 755 libc.so.6
bin ipcmk 35200 755 libc.so.6 ld-linux-x86-64.so.2
bin ipcrm 35136 755 libc.so.6
bin ipcs 76096 755 libc.so.6
bin last 51520 755 libc.so.6
bin lsblk 207168 755 libblkid.so.1 libmount.so.1 libsmartcols.so.1 libudev.so.1 libc.so.6
bin lscpu 129344 755 libsmartcols.so.1 libc.so.6
bin lsipc 100672 755 libsmartcols.so.1 libc.so.6
bin lslocks 72400 755 libmount.so.1 libsmartcols.so.1 libc.so.6
bin lslogins 96576 755 libsmartcols.so.1 libselinux.so.1 libsystemd.so.0 libc.so.6
bin lsmem 67904 755 libsmartcols.so.1 libc.so.6
bin lsns 84288 755 libsmartcols.so.1 libmount.so.1 libc.so.6
bin mcookie 35200 755 libc.so.6 ld-linux-x86-64.so.2
bin mesg 18744 755 libc.so.6
bin more 59712 755 libtinfo.so.6 libc.so.6
bin mountpoint 18744 755 libmount.so.1 libc.so.6
bin namei 35136 755 libc.so.6
bin nsenter 35368 755 libselinux.so.1 libc.so.6
bin partx 121152 755 libblkid.so.1 libsmartcols.so.1 libc.so.6
bin prlimit 39760 755 libsmartcols.so.1 libc.so.6
bin rename.ul 22840 755 libc.so.6
bin resizepart 72000 755 libc.so.6
bin rev 14648 755 libc.so.6
bin setarch 27216 755 libc.so.6
bin setpriv 80192 755 libcap-ng.so.0 libc.so.6
bin setsid 14648 755 libc.so.6
bin setterm 47424 755 libtinfo.so.6 libc.so.6
bin su 72000 4755 libpam.so.0 libpam_misc.so.0 libc.so.6
bin taskset 63808 755 libc.so.6
bin uclampset 63808 755 libc.so.6
bin unshare 84520 755 libc.so.6
bin utmpdump 31032 755 libc.so.6
bin wdctl 72024 755 libsmartcols.so.1 libc.so.6
bin whereis 31504 755 libc.so.6
sbin agetty 69112 755 libc.so.6
sbin blkdiscard 35136 755 libblkid.so.1 libc.so.6
sbin blkid 125280 755 libblkid.so.1 libc.so.6
sbin blkzone 80192 755 libc.so.6
sbin blockdev 80192 755 libc.so.6
sbin chcpu 47416 755 libc.so.6
sbin chmem 67904 755 libc.so.6
sbin ctrlaltdel 39224 755 libc.so.6
sbin findfs 14648 755 libblkid.so.1 libc.so.6
sbin fsck 55664 755 libmount.so.1 libblkid.so.1 libc.so.6
sbin fsck.cramfs 43384 755 libz.so.1 libc.so.6
sbin fsck.minix 125272 755 libc.so.6
sbin fsfreeze 14648 755 libc.so.6
sbin fstrim 76096 755 libmount.so.1 libc.so.6
sbin isosize 31040 755 libc.so.6
sbin ldattach 35136 755 libc.so.6
sbin mkfs 14648 755 libc.so.6
sbin mkfs.bfs 35136 755 libc.so.6
sbin mkfs.cramfs 43256 755 libz.so.1 libc.so.6
sbin mkfs.minix 112968 755 libc.so.6
sbin mkswap 117056 755 libuuid.so.1 libblkid.so.1 libselinux.so.1 libc.so.6
sbin pivot_root 14648 755 libc.so.6
sbin readprofile 35168 755 libc.so.6
sbin rtcwake 47424 755 libc.so.6
sbin runuser 72000 755 libpam.so.0 libpam_misc.so.0 libc.so.6
sbin sulogin 55616 755 libcrypt.so.1 libselinux.so.1 libc.so.6
sbin swaplabel 18744 755 libblkid.so.1 libuuid.so.1 libc.so.6
sbin switch_root 18744 755 libc.so.6
sbin wipefs 47424 755 libblkid.so.1 libsmartcols.so.1 libc.so.6
sbin zramctl 117168 755 libsmartcols.so.1 libc.so.6
util-linux-extra:
bin fincore 35184 755 libsmartcols.so.1 libc.so.6
bin lsfd 123192 755 libsmartcols.so.1 libc.so.6
bin lsirq 35312 755 libsmartcols.so.1 libc.so.6
sbin hwclock 88512 755 libm.so.6 libaudit.so.1 libc.so.6
vim-tiny:
bin vim.tiny 1718856 755 libtinfo.so.6 libselinux.so.1 libacl.so.1 libc.so.6
wget:
bin wget 498032 755 libpcre2-8.so.0 libuuid.so.1 libidn2.so.0 libssl.so.3 libcrypto.so.3 libz.so.1 libpsl.so.5 libc.so.6
xxd:
bin xxd 18648 755 libc.so.6
xz-utils:
bin lzmainfo 14648 755 liblzma.so.5 libc.so.6
bin xz 84680 755 liblzma.so.5 libc.so.6
`

/** What the reader's laptop has besides; notation as above. A kind node's image has neither a manual nor these tools. */
export const LAPTOP_EXECUTABLES = `
man-db:
bin apropos 52608 755 libmandb-2.11.2.so libman-2.11.2.so libc.so.6
bin man 119920 755 libmandb-2.11.2.so libman-2.11.2.so libpipeline.so.1 libseccomp.so.2 libc.so.6
bin whatis 52608 755 libmandb-2.11.2.so libman-2.11.2.so libc.so.6
ncal:
bin ncal 35192 755 libtinfo.so.6 libc.so.6
openssh-client:
bin scp 175832 755 libc.so.6
bin ssh-keygen 495576 755 libselinux.so.1 libcrypto.so.3 libc.so.6
`

/** Links of {@link LAPTOP_EXECUTABLES}. */
export const LAPTOP_LINKS = `
/usr/bin/cal ncal
`

/** Soname, file name (when another: the soname is a link to it), bytes, needed libraries. In /usr/lib/x86_64-linux-gnu. */
export const LIBRARIES = `
ld-linux-x86-64.so.2 ld-linux-x86-64.so.2 215000
libacl.so.1 libacl.so.1.1.2301 38832 libc.so.6
libapt-pkg.so.6.0 libapt-pkg.so.6.0.0 2067760 libz.so.1 libbz2.so.1.0 liblzma.so.5 liblz4.so.1 libzstd.so.1 libudev.so.1 libsystemd.so.0 libgcrypt.so.20 libxxhash.so.0 libstdc++.so.6 libm.so.6 libgcc_s.so.1 libc.so.6 ld-linux-x86-64.so.2
libapt-private.so.0.0 libapt-private.so.0.0.0 497904 libapt-pkg.so.6.0 libstdc++.so.6 libgcc_s.so.1 libc.so.6
libargon2.so.1 libargon2.so.1 34880 libc.so.6
libattr.so.1 libattr.so.1.1.2501 26544 libc.so.6
libapparmor.so.1 libapparmor.so.1.8.4 80544 libc.so.6
libaudit.so.1 libaudit.so.1.0.0 128952 libcap-ng.so.0 libc.so.6
libblkid.so.1 libblkid.so.1.1.0 355328 libc.so.6 ld-linux-x86-64.so.2
libbpf.so.1 libbpf.so.1.1.2 358880 libelf.so.1 libz.so.1 libc.so.6
libbrotlicommon.so.1 libbrotlicommon.so.1.0.9 137376 libc.so.6
libbrotlidec.so.1 libbrotlidec.so.1.0.9 47264 libbrotlicommon.so.1 libc.so.6
libbsd.so.0 libbsd.so.0.11.7 84840 libmd.so.0 libc.so.6
libbz2.so.1.0 libbz2.so.1.0.4 74688 libc.so.6
libc.so.6 libc.so.6 1926232 ld-linux-x86-64.so.2
libcap-ng.so.0 libcap-ng.so.0.0.0 30704 libc.so.6 ld-linux-x86-64.so.2
libcap.so.2 libcap.so.2.66 47288 libc.so.6
libcom_err.so.2 libcom_err.so.2.1 18344 libc.so.6 ld-linux-x86-64.so.2
libe2p.so.2 libe2p.so.2.3 43328 libc.so.6
libext2fs.so.2 libext2fs.so.2.4 465600 libcom_err.so.2 libc.so.6
libcrypt.so.1 libcrypt.so.1.1.0 206776 libc.so.6
libcrypto.so.3 libcrypto.so.3 4734232 libc.so.6
libcryptsetup.so.12 libcryptsetup.so.12.9.0 525488 libuuid.so.1 libdevmapper.so.1.02.1 libcrypto.so.3 libargon2.so.1 libjson-c.so.5 libblkid.so.1 libc.so.6
libcurl.so.4 libcurl.so.4.8.0 712120 libnghttp2.so.14 libidn2.so.0 librtmp.so.1 libssh2.so.1 libpsl.so.5 libssl.so.3 libcrypto.so.3 libgssapi_krb5.so.2 libldap-2.5.so.0 liblber-2.5.so.0 libzstd.so.1 libbrotlidec.so.1 libz.so.1 libc.so.6
libdb-5.3.so libdb-5.3.so 1843792 libc.so.6
libdevmapper.so.1.02.1 libdevmapper.so.1.02.1 442696 libselinux.so.1 libudev.so.1 libm.so.6 libc.so.6
libelf.so.1 libelf-0.188.so 109088 libz.so.1 libc.so.6 ld-linux-x86-64.so.2
libfdisk.so.1 libfdisk.so.1.1.0 484640 libuuid.so.1 libblkid.so.1 libc.so.6 ld-linux-x86-64.so.2
libffi.so.8 libffi.so.8.1.2 43480 libc.so.6
libgcc_s.so.1 libgcc_s.so.1 125312 libc.so.6
libgcrypt.so.20 libgcrypt.so.20.4.1 1332480 libgpg-error.so.0 libc.so.6
libgmp.so.10 libgmp.so.10.4.1 529216 libc.so.6
libgnutls.so.30 libgnutls.so.30.34.3 2205432 libp11-kit.so.0 libidn2.so.0 libunistring.so.2 libtasn1.so.6 libnettle.so.8 libhogweed.so.6 libgmp.so.10 libc.so.6 ld-linux-x86-64.so.2
libgpg-error.so.0 libgpg-error.so.0.33.1 157768 libc.so.6
libgssapi_krb5.so.2 libgssapi_krb5.so.2.2 338680 libkrb5.so.3 libk5crypto.so.3 libcom_err.so.2 libkrb5support.so.0 libc.so.6
libhogweed.so.6 libhogweed.so.6.6 292856 libnettle.so.8 libgmp.so.10 libc.so.6
libidn2.so.0 libidn2.so.0.3.8 198776 libunistring.so.2 libc.so.6
libjq.so.1 libjq.so.1.0.4 317536 libm.so.6 libonig.so.5 libc.so.6 ld-linux-x86-64.so.2
libjson-c.so.5 libjson-c.so.5.2.0 71896 libc.so.6 ld-linux-x86-64.so.2
libk5crypto.so.3 libk5crypto.so.3.1 183048 libkrb5support.so.0 libc.so.6
libkeyutils.so.1 libkeyutils.so.1.10 22448 libc.so.6
libkmod.so.2 libkmod.so.2.4.0 112696 libzstd.so.1 liblzma.so.5 libcrypto.so.3 libc.so.6
libkrb5.so.3 libkrb5.so.3.3 888080 libk5crypto.so.3 libcom_err.so.2 libkrb5support.so.0 libkeyutils.so.1 libresolv.so.2 libc.so.6
libkrb5support.so.0 libkrb5support.so.0.1 52224 libc.so.6
liblber-2.5.so.0 liblber-2.5.so.0.1.8 63832 libc.so.6
libldap-2.5.so.0 libldap-2.5.so.0.1.8 380432 liblber-2.5.so.0 libsasl2.so.2 libgnutls.so.30 libc.so.6
liblz4.so.1 liblz4.so.1.9.4 149952 libc.so.6
liblzma.so.5 liblzma.so.5.4.1 190456 libc.so.6
libm.so.6 libm.so.6 911904 libc.so.6 ld-linux-x86-64.so.2
libmagic.so.1 libmagic.so.1.0.0 174344 liblzma.so.5 libbz2.so.1.0 libz.so.1 libc.so.6
libmd.so.0 libmd.so.0.0.5 47312 libc.so.6
libmnl.so.0 libmnl.so.0.2.0 26616 libc.so.6
libmount.so.1 libmount.so.1.1.0 404096 libblkid.so.1 libselinux.so.1 libc.so.6 ld-linux-x86-64.so.2
libncursesw.so.6 libncursesw.so.6.4 231344 libtinfo.so.6 libc.so.6
libnettle.so.8 libnettle.so.8.6 317544 libc.so.6
libnghttp2.so.14 libnghttp2.so.14.24.1 190928 libc.so.6
libonig.so.5 libonig.so.5.3.0 614016 libc.so.6
libp11-kit.so.0 libp11-kit.so.0.3.0 1261376 libffi.so.8 libc.so.6 ld-linux-x86-64.so.2
libpam.so.0 libpam.so.0.85.1 67584 libaudit.so.1 libc.so.6
libpam_misc.so.0 libpam_misc.so.0.82.1 14432 libpam.so.0 libc.so.6
libpcre2-8.so.0 libpcre2-8.so.0.11.2 629384 libc.so.6
libproc2.so.0 libproc2.so.0.0.1 203272 libsystemd.so.0 libc.so.6 ld-linux-x86-64.so.2
libpsl.so.5 libpsl.so.5.3.4 75616 libunistring.so.2 libidn2.so.0 libc.so.6
libresolv.so.2 libresolv.so.2 60328 libc.so.6
librtmp.so.1 librtmp.so.1 122280 libgnutls.so.30 libhogweed.so.6 libnettle.so.8 libgmp.so.10 libz.so.1 libc.so.6
libsasl2.so.2 libsasl2.so.2.0.25 113392 libc.so.6
libseccomp.so.2 libseccomp.so.2.5.4 129312 libc.so.6
libselinux.so.1 libselinux.so.1 174312 libpcre2-8.so.0 libc.so.6 ld-linux-x86-64.so.2
libsemanage.so.2 libsemanage.so.2 270424 libsepol.so.2 libaudit.so.1 libselinux.so.1 libbz2.so.1.0 libc.so.6
libsepol.so.2 libsepol.so.2 764192 libc.so.6
libsmartcols.so.1 libsmartcols.so.1.1.0 239744 libc.so.6 ld-linux-x86-64.so.2
libssh2.so.1 libssh2.so.1.0.1 260552 libcrypto.so.3 libz.so.1 libc.so.6
libssl.so.3 libssl.so.3 688160 libcrypto.so.3 libc.so.6
libstdc++.so.6 libstdc++.so.6.0.30 2190440 libm.so.6 libc.so.6 ld-linux-x86-64.so.2 libgcc_s.so.1
libsystemd.so.0 libsystemd.so.0.35.0 844736 libcap.so.2 libgcrypt.so.20 liblzma.so.5 libzstd.so.1 liblz4.so.1 libc.so.6 ld-linux-x86-64.so.2
libtasn1.so.6 libtasn1.so.6.6.3 83968 libc.so.6
libtic.so.6 libtic.so.6.4 71840 libtinfo.so.6 libc.so.6
libtinfo.so.6 libtinfo.so.6.4 204088 libc.so.6
libtirpc.so.3 libtirpc.so.3.0.0 186832 libgssapi_krb5.so.2 libc.so.6
libudev.so.1 libudev.so.1.7.5 182544 libc.so.6 ld-linux-x86-64.so.2
libunistring.so.2 libunistring.so.2.2.0 1792040 libc.so.6
libunwind-ptrace.so.0 libunwind-ptrace.so.0.0.0 18656 libc.so.6
libunwind-x86_64.so.8 libunwind-x86_64.so.8.0.1 71960 liblzma.so.5 libunwind.so.8 libc.so.6 ld-linux-x86-64.so.2
libunwind.so.8 libunwind.so.8.0.1 67992 libc.so.6 ld-linux-x86-64.so.2 liblzma.so.5
libuuid.so.1 libuuid.so.1.3.0 34872 libc.so.6 ld-linux-x86-64.so.2
libxtables.so.12 libxtables.so.12.7.0 67504 libc.so.6
libxxhash.so.0 libxxhash.so.0.8.1 80008 libc.so.6
libz.so.1 libz.so.1.2.13 121280 libc.so.6
libzstd.so.1 libzstd.so.1.5.4 763816 libc.so.6
libedit.so.2 libedit.so.2 100352 libc.so.6
libestr.so.0 libestr.so.0 100352 libc.so.6
libexpat.so.1 libexpat.so.1 100352 libc.so.6
libfastjson.so.4 libfastjson.so.4 100352 libc.so.6
libgpm.so.2 libgpm.so.2 100352 libc.so.6
libip4tc.so.2 libip4tc.so.2 100352 libc.so.6
libip6tc.so.2 libip6tc.so.2 100352 libc.so.6
libipset.so.13 libipset.so.13 100352 libc.so.6
libnetfilter_conntrack.so.3 libnetfilter_conntrack.so.3 100352 libc.so.6
libnftables.so.1 libnftables.so.1 100352 libc.so.6
libnftnl.so.11 libnftnl.so.11 100352 libc.so.6
libnl-3.so.200 libnl-3.so.200 100352 libc.so.6
libnl-genl-3.so.200 libnl-genl-3.so.200 100352 libc.so.6
libpcap.so.0.8 libpcap.so.0.8 100352 libc.so.6
libreadline.so.8 libreadline.so.8 100352 libc.so.6
libsodium.so.23 libsodium.so.23 100352 libc.so.6
libsudo_util.so.0 libsudo_util.so.0 100352 libc.so.6
libwrap.so.0 libwrap.so.0 100352 libc.so.6
libman-2.11.2.so libman-2.11.2.so 100352 libc.so.6
libmandb-2.11.2.so libmandb-2.11.2.so 100352 libc.so.6
libpipeline.so.1 libpipeline.so.1 100352 libc.so.6
`

/** Symbolic links in /usr: path, target. */
export const LINKS = `
/usr/bin/rbash bash
/usr/bin/md5sum.textutils md5sum
/usr/sbin/getty agetty
/usr/bin/i386 setarch
/usr/bin/lastb last
/usr/bin/linux32 setarch
/usr/bin/linux64 setarch
/usr/bin/x86_64 setarch
/usr/bin/pkill pgrep
/usr/bin/snice skill
/usr/sbin/ip /bin/ip
/usr/bin/ctstat lnstat
/usr/bin/rtstat lnstat
/usr/sbin/cpgr cppw
/usr/sbin/vigr vipw
/usr/bin/sg newgrp
/usr/sbin/mkfs.ext4 mke2fs
/usr/bin/systemd /lib/systemd/systemd
/usr/bin/systemd-umount systemd-mount
/usr/sbin/halt /bin/systemctl
/usr/sbin/init /lib/systemd/systemd
/usr/sbin/poweroff /bin/systemctl
/usr/sbin/reboot /bin/systemctl
/usr/sbin/runlevel /bin/systemctl
/usr/sbin/shutdown /bin/systemctl
/usr/sbin/telinit /bin/systemctl
/usr/bin/hd hexdump
/usr/bin/dnsdomainname hostname
/usr/bin/domainname hostname
/usr/bin/nisdomainname hostname
/usr/bin/ypdomainname hostname
/usr/bin/ld.so /lib64/ld-linux-x86-64.so.2
/usr/bin/captoinfo tic
/usr/bin/infotocap tic
/usr/bin/reset tset
/usr/lib/systemd/systemd-udevd /bin/udevadm
/usr/bin/unxz xz
/usr/bin/xzcat xz
/usr/bin/sh dash
/usr/bin/awk /etc/alternatives/awk
/usr/bin/nawk /etc/alternatives/nawk
/usr/bin/which /etc/alternatives/which
/usr/bin/pager /etc/alternatives/pager
/usr/bin/editor /etc/alternatives/editor
/usr/bin/vi /etc/alternatives/vi
/usr/bin/view /etc/alternatives/view
/usr/bin/nc /etc/alternatives/nc
/usr/bin/netcat /etc/alternatives/netcat
/usr/bin/traceroute /etc/alternatives/traceroute
/usr/sbin/iptables /etc/alternatives/iptables
/usr/sbin/iptables-save /etc/alternatives/iptables-save
/usr/sbin/iptables-restore /etc/alternatives/iptables-restore
/usr/sbin/ip6tables /etc/alternatives/ip6tables
/usr/sbin/ip6tables-save /etc/alternatives/ip6tables-save
/usr/sbin/ip6tables-restore /etc/alternatives/ip6tables-restore
/usr/sbin/iptables-nft xtables-nft-multi
/usr/sbin/iptables-nft-save xtables-nft-multi
/usr/sbin/iptables-nft-restore xtables-nft-multi
/usr/sbin/ip6tables-nft xtables-nft-multi
/usr/sbin/ip6tables-nft-save xtables-nft-multi
/usr/sbin/ip6tables-nft-restore xtables-nft-multi
/usr/sbin/iptables-legacy xtables-legacy-multi
/usr/sbin/iptables-legacy-save xtables-legacy-multi
/usr/sbin/iptables-legacy-restore xtables-legacy-multi
/usr/bin/python3 python3.11
/usr/bin/ping4 ping
/usr/bin/ping6 ping
/usr/sbin/modprobe /bin/kmod
/usr/sbin/lsmod /bin/kmod
/usr/sbin/insmod /bin/kmod
/usr/sbin/rmmod /bin/kmod
/usr/sbin/modinfo /bin/kmod
/usr/bin/lsmod kmod
/usr/bin/sudoedit sudo
/etc/alternatives/awk /usr/bin/mawk
/etc/alternatives/nawk /usr/bin/mawk
/etc/alternatives/which /usr/bin/which.debianutils
/etc/alternatives/pager /usr/bin/less
/etc/alternatives/editor /bin/nano
/etc/alternatives/vi /usr/bin/vim.tiny
/etc/alternatives/view /usr/bin/vim.tiny
/etc/alternatives/nc /bin/nc.openbsd
/etc/alternatives/netcat /bin/nc.openbsd
/etc/alternatives/traceroute /usr/bin/traceroute.db
/etc/alternatives/iptables /usr/sbin/iptables-nft
/etc/alternatives/iptables-save /usr/sbin/iptables-nft-save
/etc/alternatives/iptables-restore /usr/sbin/iptables-nft-restore
/etc/alternatives/ip6tables /usr/sbin/ip6tables-nft
/etc/alternatives/ip6tables-save /usr/sbin/ip6tables-nft-save
/etc/alternatives/ip6tables-restore /usr/sbin/ip6tables-nft-restore
`
