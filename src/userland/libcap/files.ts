import { Errno, strerror } from '#linux/errno.ts'
import { encodeFileCaps, parseFileCaps } from '#linux/process/capability.ts'
import { type Proc, type Program, S } from '#linux/syscalls.ts'
import { decode } from '#sim/bytes.ts'
import type { Sim } from '#sim/wait.ts'
import { readAll, say } from '../lib/io.ts'
import { formatCapSets, parseCaps } from './text.ts'

const XATTR = 'security.capability'

/** Text of a file's capabilities; undefined when it has none. */
function fileText(proc: Proc, path: string): string | undefined {
  let bytes: Uint8Array | undefined
  try {
    bytes = proc.getxattr(path, XATTR)
  } catch (error) {
    if (!(error instanceof Errno) || (error.code !== 'ENODATA' && error.code !== 'EOPNOTSUPP')) throw error
  }
  const caps = bytes === undefined ? undefined : parseFileCaps(bytes)
  if (caps === undefined) return undefined
  return formatCapSets({
    effective: caps.effective ? caps.permitted | caps.inheritable : 0n,
    permitted: caps.permitted,
    inheritable: caps.inheritable,
  })
}

/** getcap(8) */
export const getcap: Program = {
  name: 'libcap2-bin/getcap',
  *main(proc) {
    const flags = proc.argv.slice(1).filter((a) => a.startsWith('-'))
    const files = proc.argv.slice(1).filter((a) => !a.startsWith('-'))
    if (files.length === 0 || flags.some((f) => !/^-[hnrv]+$/.test(f)) || flags.includes('-h')) {
      yield* say(
        proc,
        2,
        'usage: getcap [-h] [-l] [-n] [-r] [-v] <filename> [<filename> ...]\n\n\tdisplays the capabilities on the queried file(s).\n',
      )
      return flags.includes('-h') ? 0 : 1
    }
    const has = (letter: string): boolean => flags.some((f) => f.includes(letter))
    let status = 0
    const visit = function* (path: string): Sim<void> {
      try {
        const stat = proc.lstat(path)
        const type = stat.mode & S.IFMT
        if (type === S.IFDIR && has('r')) {
          for (const entry of proc.readdir(path)) yield* visit(`${path.replace(/\/$/, '')}/${entry.name}`)
          return
        }
        if (type !== S.IFREG) {
          if (has('v')) yield* say(proc, 1, `${path} (Not a regular file)\n`)
          return
        }
        const text = fileText(proc, path)
        if (text !== undefined) yield* say(proc, 1, `${path} ${text}\n`)
        else if (has('v')) yield* say(proc, 1, `${path}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, `${path} (${strerror(error)})\n`)
        status = 1
      }
    }
    for (const file of files) yield* visit(file)
    return status
  },
}

/** setcap(8) */
export const setcap: Program = {
  name: 'libcap2-bin/setcap',
  *main(proc) {
    const args = proc.argv.slice(1)
    const usage = function* (): Sim<number> {
      yield* say(
        proc,
        2,
        'usage: setcap [-h] [-q] [-v] [-n <rootid>] (-r|-|<caps>) <filename> [ ... (-r|-|<capsN>) <filenameN> ]\n\n Note <filename> must be a regular (non-symlink) file.\n -r          remove capability from file\n -           read capability text from stdin\n <capsN>     cap_from_text(3) formatted file capability\n',
      )
      return 1
    }
    let verify = false
    let rootid: number | undefined
    for (let i = 0; i < args.length; i++) {
      let caps = args[i] as string
      if (caps === '-q') continue
      if (caps === '-v') {
        verify = true
        continue
      }
      if (caps === '-n') {
        rootid = Number(args[++i])
        continue
      }
      if (caps === '-h') return yield* usage()
      const file = args[++i]
      if (file === undefined) return yield* usage()
      const remove = caps === '-r'
      if (caps === '-') caps = decode(yield* readAll(proc, 0))
      const sets = remove ? undefined : parseCaps(caps)
      if (!remove && sets === undefined) {
        yield* say(proc, 2, `fatal error: Invalid argument\n`)
        return yield* usage()
      }
      try {
        if ((proc.lstat(file).mode & S.IFMT) !== S.IFREG) throw new Errno('EINVAL')
        if (verify) {
          const now = fileText(proc, file)
          const ok = sets !== undefined && now === formatCapSets(sets)
          yield* say(proc, 1, ok ? `${file}: OK\n` : `${file} differs in [pe]\n`)
          if (!ok) return 1
        } else if (sets === undefined) proc.setxattr(file, XATTR, undefined)
        else {
          const value = {
            permitted: sets.permitted,
            inheritable: sets.inheritable,
            effective: sets.effective !== 0n,
          }
          proc.setxattr(file, XATTR, encodeFileCaps(rootid === undefined ? value : { ...value, rootid }))
        }
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error.code === 'EINVAL')
          yield* say(
            proc,
            2,
            `Failed to set capabilities on file '${file}': ${strerror(error)}\nThe value of the capability argument is not permitted for a file. Or the file is not a regular (non-symlink) file\n`,
          )
        else yield* say(proc, 2, `Failed to set capabilities on file '${file}': ${strerror(error)}\n`)
        return 1
      }
    }
    return args.length === 0 ? yield* usage() : 0
  },
}

/** getpcaps(8) */
export const getpcaps: Program = {
  name: 'libcap2-bin/getpcaps',
  *main(proc) {
    let status = 0
    for (const word of proc.argv.slice(1)) {
      try {
        const caps = proc.capget(Number(word))
        yield* say(proc, 1, `${word}: ${formatCapSets(caps)}\n`)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        yield* say(proc, 2, `Failed to get cap's for process ${word}: (${strerror(error)})\n`)
        status = 1
      }
    }
    return status
  },
}
