import type { Program } from '#linux/syscalls.ts'
import { dig } from './dig.ts'
import { host, nslookup } from './nslookup.ts'

/** The Debian packages bind9-dnsutils and bind9-host. */
export const programs: readonly Program[] = [dig, nslookup, host]
