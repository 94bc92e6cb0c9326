import type { Program } from '#linux/syscalls.ts'
import { encode } from '#sim/bytes.ts'
import { Errno } from '#linux/errno.ts'
import type { Sim } from '#sim/wait.ts'

/** rancher's local-path-provisioner. Differs: it provisions nothing yet, and says so in its log. */
export const localPathProvisioner: Program = {
  name: 'kubernetes/local-path-provisioner',
  *main(proc): Sim<number> {
    yield* proc.write(2, encode('podlab: provisioning of volumes is not modelled\n'))
    for (;;) {
      try {
        yield* proc.pause()
      } catch (error) {
        if (!(error instanceof Errno)) throw error
      }
    }
  },
}
