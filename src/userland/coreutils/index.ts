import type { Program } from '#linux/syscalls.ts'
import { cat } from './cat.ts'
import { chmod } from './chmod.ts'
import { chgrp, chown } from './chown.ts'
import { comm, join, paste } from './columns.ts'
import { cp } from './cp.ts'
import { cut } from './cut.ts'
import { b2sum, base32, base64, cksum, md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, sum } from './hashes.ts'
import { head } from './head.ts'
import { expand, fmt, fold, nl, shuf, tac, tsort, unexpand } from './lines.ts'
import { ln } from './ln.ts'
import { dir, ls, vdir } from './ls.ts'
import { mkdir, rmdir } from './mkdir.ts'
import { mv } from './mv.ts'
import { basename, dirname, link, mkfifo, mknod, mktemp, pathchk, pwd, readlink, realpath, unlink } from './names.ts'
import { od } from './od.ts'
import { rm } from './rm.ts'
import { sort } from './sort.ts'
import { split } from './split.ts'
import { stat } from './stat.ts'
import { tail } from './tail.ts'
import { touch } from './touch.ts'
import { tr } from './tr.ts'
import { uniq } from './uniq.ts'
import { wc } from './wc.ts'

export const programs: readonly Program[] = [
  b2sum,
  base32,
  base64,
  basename,
  cat,
  chgrp,
  chmod,
  chown,
  cksum,
  comm,
  cp,
  cut,
  dir,
  dirname,
  expand,
  fmt,
  fold,
  head,
  join,
  link,
  ln,
  ls,
  md5sum,
  mkdir,
  mkfifo,
  mknod,
  mktemp,
  mv,
  nl,
  od,
  paste,
  pathchk,
  pwd,
  readlink,
  realpath,
  rm,
  rmdir,
  sha1sum,
  sha224sum,
  sha256sum,
  sha384sum,
  sha512sum,
  shuf,
  sort,
  split,
  stat,
  sum,
  tac,
  tail,
  touch,
  tr,
  tsort,
  unexpand,
  uniq,
  unlink,
  vdir,
  wc,
]
