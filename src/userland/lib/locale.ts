import type { Proc } from '#linux/syscalls.ts'

/** Whether the environment's locale has the character set UTF-8: LC_ALL, else LC_CTYPE, else LANG. Source: setlocale(3). */
export function isUtf8(proc: Proc): boolean {
  return /utf-?8/i.test(proc.getenv('LC_ALL') || proc.getenv('LC_CTYPE') || proc.getenv('LANG') || '')
}
