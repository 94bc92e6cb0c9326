/** /etc/passwd and /etc/group of the distributions that images are made of. */
import { text } from './layer.ts'
import type { LayerEntry } from './types.ts'

interface Accounts {
  /** Lines of /etc/passwd. */
  readonly passwd: string
  /** `name:gid` or `name:gid:members`. */
  readonly groups: string
}

const SBIN = '/sbin/nologin'

export const BUSYBOX: Accounts = {
  passwd: `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
sync:x:4:100:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/spool/mail:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
operator:x:37:37:Operator:/var:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false`,
  groups: `root:0 daemon:1 bin:2 sys:3 adm:4 tty:5 disk:6 lp:7 mail:8 kmem:9 wheel:10:root cdrom:11 dialout:18 floppy:19 video:28 audio:29
    tape:32 www-data:33 operator:37 utmp:43 plugdev:46 staff:50 lock:54 netdev:82 users:100 nobody:65534`,
}

export const ALPINE: Accounts = {
  passwd: `root:x:0:0:root:/root:/bin/sh
bin:x:1:1:bin:/bin:${SBIN}
daemon:x:2:2:daemon:/sbin:${SBIN}
lp:x:4:7:lp:/var/spool/lpd:${SBIN}
sync:x:5:0:sync:/sbin:/bin/sync
shutdown:x:6:0:shutdown:/sbin:/sbin/shutdown
halt:x:7:0:halt:/sbin:/sbin/halt
mail:x:8:12:mail:/var/mail:${SBIN}
news:x:9:13:news:/usr/lib/news:${SBIN}
uucp:x:10:14:uucp:/var/spool/uucppublic:${SBIN}
cron:x:16:16:cron:/var/spool/cron:${SBIN}
ftp:x:21:21::/var/lib/ftp:${SBIN}
sshd:x:22:22:sshd:/dev/null:${SBIN}
games:x:35:35:games:/usr/games:${SBIN}
ntp:x:123:123:NTP:/var/empty:${SBIN}
guest:x:405:100:guest:/dev/null:${SBIN}
nobody:x:65534:65534:nobody:/:${SBIN}`,
  groups: `root:0:root bin:1:root,bin,daemon daemon:2:root,bin,daemon sys:3:root,bin adm:4:root,daemon tty:5 disk:6:root lp:7:lp kmem:9
    wheel:10:root floppy:11:root mail:12:mail news:13:news uucp:14:uucp cron:16:cron audio:18 cdrom:19 dialout:20:root ftp:21 sshd:22
    input:23 tape:26:root video:27:root netdev:28 kvm:34:kvm games:35 shadow:42 www-data:82 users:100:games ntp:123 abuild:300 utmp:406
    ping:999 nogroup:65533 nobody:65534`,
}

const NOLOGIN = '/usr/sbin/nologin'

export const DEBIAN: Accounts = {
  passwd: `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:${NOLOGIN}
bin:x:2:2:bin:/bin:${NOLOGIN}
sys:x:3:3:sys:/dev:${NOLOGIN}
sync:x:4:65534:sync:/bin:/bin/sync
games:x:5:60:games:/usr/games:${NOLOGIN}
man:x:6:12:man:/var/cache/man:${NOLOGIN}
lp:x:7:7:lp:/var/spool/lpd:${NOLOGIN}
mail:x:8:8:mail:/var/mail:${NOLOGIN}
news:x:9:9:news:/var/spool/news:${NOLOGIN}
uucp:x:10:10:uucp:/var/spool/uucp:${NOLOGIN}
proxy:x:13:13:proxy:/bin:${NOLOGIN}
www-data:x:33:33:www-data:/var/www:${NOLOGIN}
backup:x:34:34:backup:/var/backups:${NOLOGIN}
list:x:38:38:Mailing List Manager:/var/list:${NOLOGIN}
irc:x:39:39:ircd:/run/ircd:${NOLOGIN}
_apt:x:42:65534::/nonexistent:${NOLOGIN}
nobody:x:65534:65534:nobody:/nonexistent:${NOLOGIN}`,
  groups: `root:0 daemon:1 bin:2 sys:3 adm:4 tty:5 disk:6 lp:7 mail:8 news:9 uucp:10 man:12 proxy:13 kmem:15 dialout:20 fax:21 voice:22
    cdrom:24 floppy:25 tape:26 sudo:27 audio:29 dip:30 www-data:33 backup:34 operator:37 list:38 irc:39 src:40 shadow:42 utmp:43 video:44
    sasl:45 plugdev:46 staff:50 games:60 users:100 nogroup:65534`,
}

/** The two files. */
export function accountFiles({ passwd, groups }: Accounts): LayerEntry[] {
  const rows = groups.split(/\s+/).map((group) => {
    const [name = '', gid = '', members = ''] = group.split(':')
    return `${name}:x:${gid}:${members}\n`
  })
  return [text('/etc/passwd', `${passwd}\n`), text('/etc/group', rows.join(''))]
}
