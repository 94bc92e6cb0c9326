import type { Program } from '#linux/syscalls.ts'
import { sshKeygen } from './keygen.ts'
import { scp, ssh } from './ssh.ts'

/** The Debian package openssh-client, in outline. */
export const programs: readonly Program[] = [ssh, scp, sshKeygen]
