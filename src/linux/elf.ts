import { decode, encode } from '#sim/bytes.ts'

/**
 * Executables and shared libraries of the model. A file is bytes: an ELF magic, then a header that names the program it
 * holds, the interpreter it asks for and the libraries it needs. So `cp` really copies a program, and a box that lacks a
 * library fails as on Linux (ld.so(8)).
 */
export interface ElfHeader {
  /** Id in the registry of programs; absent in a shared library. */
  readonly program?: string
  /** PT_INTERP, e.g. `/lib64/ld-linux-x86-64.so.2`; absent when statically linked. */
  readonly interp?: string
  /** DT_NEEDED in order, e.g. `['libselinux.so.1', 'libc.so.6']`. */
  readonly needed?: readonly string[]
  /** DT_SONAME of a library. */
  readonly soname?: string
}

const MAGIC = '\x7fELF\x02\x01\x01\x00podlab\n'

/** The bytes of an executable; a file system pads them with zeros to the real program's size. */
export function elf(header: ElfHeader): Uint8Array {
  return encode(`${MAGIC}${JSON.stringify(header)}\n`)
}

/** Header of an executable, from the first bytes of a file; undefined when it is none, or is cut off. */
export function parseElf(head: Uint8Array): ElfHeader | undefined {
  if (head[0] !== 0x7f || head[1] !== 0x45 || head[2] !== 0x4c || head[3] !== 0x46) return undefined
  const end = head.indexOf(0x0a, MAGIC.length)
  if (end < 0) return undefined
  const text = decode(head.subarray(0, end))
  if (!text.startsWith(MAGIC)) return undefined
  try {
    return JSON.parse(text.slice(MAGIC.length)) as ElfHeader
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
