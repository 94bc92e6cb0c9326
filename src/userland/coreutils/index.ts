import type { Program } from '#linux/syscalls.ts'
import { basenc } from './basenc.ts'
import { cat } from './cat.ts'
import { chmod } from './chmod.ts'
import { chgrp, chown } from './chown.ts'
import { chroot } from './chroot.ts'
import { comm, join, paste } from './columns.ts'
import { cp } from './cp.ts'
import { csplit } from './csplit.ts'
import { cut } from './cut.ts'
import { date } from './date.ts'
import { df } from './df.ts'
import { dircolors } from './dircolors.ts'
import { expr } from './expr.ts'
import { b2sum, base32, base64, cksum, md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, sum } from './hashes.ts'
import { head } from './head.ts'
import { arch, groups, hostid, id, logname, nproc, tty, uname, users, who, whoami } from './identity.ts'
import { expand, fmt, fold, nl, shuf, tac, tsort, unexpand } from './lines.ts'
import { ln } from './ln.ts'
import { dir, ls, vdir } from './ls.ts'
import { mkdir, rmdir } from './mkdir.ts'
import { mv } from './mv.ts'
import { basename, dirname, link, mkfifo, mknod, mktemp, pathchk, pwd, readlink, realpath, unlink } from './names.ts'
import { od } from './od.ts'
import { printf } from './printf.ts'
import { rm } from './rm.ts'
import { env, nice, nohup, printenv, stdbuf, timeout } from './run-programs.ts'
import { seq } from './seq.ts'
import { echo, factor, falseProgram, sleep, sync, tee, trueProgram, yes } from './simple.ts'
import { sort } from './sort.ts'
import { split } from './split.ts'
import { stat } from './stat.ts'
import { dd, du, install, numfmt, truncate } from './storage.ts'
import { stty } from './stty.ts'
import { tail } from './tail.ts'
import { bracket, testProgram } from './test.ts'
import { touch } from './touch.ts'
import { tr } from './tr.ts'
import { uniq } from './uniq.ts'
import { wc } from './wc.ts'

export const programs: readonly Program[] = [
  chroot,
  arch,
  b2sum,
  base32,
  base64,
  basename,
  basenc,
  bracket,
  cat,
  chgrp,
  chmod,
  chown,
  cksum,
  comm,
  cp,
  csplit,
  cut,
  df,
  date,
  dd,
  dir,
  dircolors,
  dirname,
  du,
  echo,
  env,
  expand,
  expr,
  factor,
  falseProgram,
  fmt,
  fold,
  groups,
  head,
  hostid,
  id,
  install,
  join,
  link,
  ln,
  logname,
  ls,
  md5sum,
  mkdir,
  mkfifo,
  mknod,
  mktemp,
  mv,
  nice,
  nl,
  nohup,
  stdbuf,
  nproc,
  numfmt,
  od,
  paste,
  pathchk,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  rm,
  rmdir,
  seq,
  sha1sum,
  sha224sum,
  sha256sum,
  sha384sum,
  sha512sum,
  shuf,
  sleep,
  sort,
  split,
  stat,
  stty,
  sum,
  sync,
  tac,
  tail,
  tee,
  testProgram,
  timeout,
  touch,
  tr,
  trueProgram,
  truncate,
  tsort,
  tty,
  uname,
  unexpand,
  uniq,
  unlink,
  users,
  vdir,
  wc,
  who,
  whoami,
  yes,
]
