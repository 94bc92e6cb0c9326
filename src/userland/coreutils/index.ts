import type { Program } from '#linux/syscalls.ts'
import { cat } from './cat.ts'
import { chmod } from './chmod.ts'
import { chgrp, chown } from './chown.ts'
import { cp } from './cp.ts'
import { ln } from './ln.ts'
import { dir, ls, vdir } from './ls.ts'
import { mkdir, rmdir } from './mkdir.ts'
import { mv } from './mv.ts'
import { basename, dirname, link, mkfifo, mknod, mktemp, pathchk, pwd, readlink, realpath, unlink } from './names.ts'
import { rm } from './rm.ts'
import { stat } from './stat.ts'
import { touch } from './touch.ts'

export const programs: readonly Program[] = [
  basename,
  cat,
  chgrp,
  chmod,
  chown,
  cp,
  dir,
  dirname,
  link,
  ln,
  ls,
  mkdir,
  mkfifo,
  mknod,
  mktemp,
  mv,
  pathchk,
  pwd,
  readlink,
  realpath,
  rm,
  rmdir,
  stat,
  touch,
  unlink,
  vdir,
]
