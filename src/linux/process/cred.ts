import { Errno } from '../errno.ts'
import type { UserNamespace } from '../namespaces/user.ts'
import type { Capabilities } from '../syscalls.ts'
import type { FsCred, UserNsView } from '../vfs/types.ts'
import { ALL_CAPS, CAP, capBit, type FileCaps, FS_CAPS, SECBIT } from './capability.ts'

/** What a {@link Cred} is made of. Ids are kernel ids. */
export interface CredState {
  readonly uid: number
  readonly euid: number
  readonly suid: number
  readonly fsuid: number
  readonly gid: number
  readonly egid: number
  readonly sgid: number
  readonly fsgid: number
  readonly groups: readonly number[]
  readonly caps: Capabilities
  readonly securebits: number
  readonly noNewPrivs: boolean
  readonly userns: UserNamespace
}

/** struct cred: never changed in place; a change makes a new one (credentials(7), capabilities(7)). */
export class Cred implements FsCred {
  readonly state: CredState
  readonly #capBits: bigint

  constructor(state: CredState) {
    this.state = state
    this.#capBits = state.caps.effective
  }

  get fsuid(): number {
    return this.state.fsuid
  }

  get fsgid(): number {
    return this.state.fsgid
  }

  get groups(): readonly number[] {
    return this.state.groups
  }

  get userns(): UserNamespace {
    return this.state.userns
  }

  /** ns_capable(): the owner of a child namespace has every capability in it. */
  capable(cap: number, userns: UserNsView = this.state.userns): boolean {
    const own = this.state.userns
    if (userns === own) return ((this.#capBits >> BigInt(cap)) & 1n) === 1n
    let ns = userns as UserNamespace
    for (;;) {
      if (ns === own) return ((this.#capBits >> BigInt(cap)) & 1n) === 1n
      if (ns.level <= own.level || ns.parent === undefined) return false
      if (ns.parent === own && ns.ownerUid === this.state.euid) return true
      ns = ns.parent
    }
  }

  with(change: Partial<CredState>): Cred {
    return new Cred({ ...this.state, ...change })
  }
}

const NO_CAPS: Capabilities = {
  effective: 0n,
  permitted: 0n,
  inheritable: 0n,
  bounding: ALL_CAPS,
  ambient: 0n,
}
export const ROOT_CAPS: Capabilities = {
  ...NO_CAPS,
  effective: ALL_CAPS,
  permitted: ALL_CAPS,
}

/** Root of the initial namespace. */
export function rootCred(userns: UserNamespace): Cred {
  return new Cred({
    uid: 0,
    euid: 0,
    suid: 0,
    fsuid: 0,
    gid: 0,
    egid: 0,
    sgid: 0,
    fsgid: 0,
    groups: [],
    caps: ROOT_CAPS,
    securebits: 0,
    noNewPrivs: false,
    userns,
  })
}

/** The same ids for access(2): real instead of effective. Root's capabilities follow the real uid. */
export function realCred(cred: Cred): Cred {
  const s = cred.state
  if (s.uid === s.fsuid && s.gid === s.fsgid) return cred
  const root = s.userns.toKernel('uid', 0)
  const effective = s.uid === root ? s.caps.permitted : 0n
  return cred.with({
    fsuid: s.uid,
    fsgid: s.gid,
    caps: (s.securebits & SECBIT.NO_SETUID_FIXUP) === 0 ? { ...s.caps, effective } : s.caps,
  })
}

/** Uid to kernel id in the caller's namespace; EINVAL when it is not mapped. */
export function kernelId(cred: Cred, what: 'uid' | 'gid', id: number): number {
  const kernel = cred.userns.toKernel(what, id)
  if (kernel === undefined) throw new Errno('EINVAL')
  return kernel
}

/** setresuid(2); -1 leaves an id alone. Ids as seen by the caller. */
export function setresuid(cred: Cred, ruid: number, euid: number, suid: number): Cred {
  const s = cred.state
  const pick = (id: number, now: number): number => {
    if (id === -1) return now
    const k = kernelId(cred, 'uid', id)
    if (k !== s.uid && k !== s.euid && k !== s.suid && !cred.capable(CAP.setuid)) throw new Errno('EPERM')
    return k
  }
  const next = {
    uid: pick(ruid, s.uid),
    euid: pick(euid, s.euid),
    suid: pick(suid, s.suid),
  }
  return fixupUids(cred, { ...s, ...next, fsuid: next.euid })
}

export function setresgid(cred: Cred, rgid: number, egid: number, sgid: number): Cred {
  const s = cred.state
  const pick = (id: number, now: number): number => {
    if (id === -1) return now
    const k = kernelId(cred, 'gid', id)
    if (k !== s.gid && k !== s.egid && k !== s.sgid && !cred.capable(CAP.setgid)) throw new Errno('EPERM')
    return k
  }
  const gid = pick(rgid, s.gid)
  const egidNew = pick(egid, s.egid)
  return cred.with({
    gid,
    egid: egidNew,
    sgid: pick(sgid, s.sgid),
    fsgid: egidNew,
  })
}

/** cap_task_fix_setuid(): what leaving or becoming root does to the sets. */
function fixupUids(old: Cred, next: CredState): Cred {
  if ((next.securebits & SECBIT.NO_SETUID_FIXUP) !== 0) return new Cred(next)
  const root = next.userns.toKernel('uid', 0)
  const o = old.state
  let { effective, permitted, ambient } = next.caps
  const wasRoot = o.uid === root || o.euid === root || o.suid === root
  const isRoot = next.uid === root || next.euid === root || next.suid === root
  if (wasRoot && !isRoot) {
    if ((next.securebits & SECBIT.KEEP_CAPS) === 0) {
      permitted = 0n
      effective = 0n
    }
    ambient = 0n
  }
  if (o.euid === root && next.euid !== root) effective = 0n
  if (o.euid !== root && next.euid === root) effective = permitted
  if (o.fsuid === root && next.fsuid !== root) effective &= ~FS_CAPS
  if (o.fsuid !== root && next.fsuid === root) effective |= permitted & FS_CAPS
  return new Cred({
    ...next,
    caps: { ...next.caps, effective, permitted, ambient },
  })
}

/** capset(2) with prctl's bounding drops and ambient raises; EPERM as capabilities(7) says. */
export function capset(cred: Cred, change: Partial<Capabilities>): Cred {
  const old = cred.state.caps
  const next = { ...old, ...change }
  if (change.bounding !== undefined && change.bounding !== old.bounding) {
    if ((change.bounding & ~old.bounding) !== 0n || !cred.capable(CAP.setpcap)) throw new Errno('EPERM')
  }
  if ((next.permitted & ~old.permitted) !== 0n) throw new Errno('EPERM')
  if ((next.effective & ~next.permitted) !== 0n) throw new Errno('EPERM')
  const mayInherit = cred.capable(CAP.setpcap) ? old.inheritable | old.permitted | old.bounding : old.inheritable | old.permitted
  if ((next.inheritable & ~mayInherit) !== 0n || (next.inheritable & ~(old.inheritable | old.bounding)) !== 0n) throw new Errno('EPERM')
  if (change.ambient !== undefined) {
    if ((next.ambient & ~(next.permitted & next.inheritable)) !== 0n) throw new Errno('EPERM')
    if ((next.ambient & ~old.ambient) !== 0n && (cred.state.securebits & SECBIT.NO_CAP_AMBIENT_RAISE) !== 0) throw new Errno('EPERM')
  } else next.ambient &= next.permitted & next.inheritable
  return cred.with({ caps: next })
}

/** What exec needs to know of the file. */
export interface ExecFile {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** The mount is nosuid, so neither bits nor file capabilities count. */
  readonly nosuid: boolean
  readonly caps: FileCaps | undefined
}

const S_ISUID = 0o4000
const S_ISGID = 0o2000
const S_IXGRP = 0o010

/** Credentials after execve(2), capabilities(7) "Transformation of capabilities during execve()". EPERM as there. */
export function execCred(cred: Cred, file: ExecFile): Cred {
  const s = cred.state
  const root = s.userns.toKernel('uid', 0)
  let { euid, egid } = s
  const honour = !file.nosuid && !s.noNewPrivs
  if (honour && (file.mode & S_ISUID) !== 0 && s.userns.fromKernel('uid', file.uid) !== undefined) euid = file.uid
  if (honour && (file.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) && s.userns.fromKernel('gid', file.gid) !== undefined)
    egid = file.gid
  const fileCaps = file.nosuid || (file.caps?.rootid !== undefined && file.caps.rootid !== root) ? undefined : file.caps
  let fP = fileCaps?.permitted ?? 0n
  let fI = fileCaps?.inheritable ?? 0n
  let fE = fileCaps?.effective ?? false
  const old = s.caps
  if (fE && (fP & (old.bounding | (old.inheritable & fI))) !== (fP & ALL_CAPS)) throw new Errno('EPERM')
  if ((s.securebits & SECBIT.NOROOT) === 0 && root !== undefined) {
    if (euid === root || s.uid === root) {
      fP = ALL_CAPS
      fI = ALL_CAPS
    }
    if (euid === root) fE = true
  }
  let permitted = (old.inheritable & fI) | (fP & old.bounding)
  if (s.noNewPrivs) permitted &= old.permitted | old.ambient
  const idChanged = euid !== s.euid || egid !== s.egid
  const ambient = fileCaps !== undefined || idChanged ? 0n : old.ambient
  permitted |= ambient
  const effective = fE ? permitted : ambient
  const securebits = s.securebits & ~SECBIT.KEEP_CAPS
  if (
    euid === s.euid &&
    egid === s.egid &&
    s.suid === euid &&
    s.sgid === egid &&
    s.fsuid === euid &&
    securebits === s.securebits &&
    permitted === old.permitted &&
    effective === old.effective &&
    ambient === old.ambient
  )
    return cred
  return cred.with({
    euid,
    suid: euid,
    fsuid: euid,
    egid,
    sgid: egid,
    fsgid: egid,
    caps: { ...old, permitted, effective, ambient },
    securebits,
  })
}

/** Whether `cred` holds `cap` in its effective set as a mask. */
export function hasCap(caps: bigint, cap: number): boolean {
  return (caps & capBit(cap)) !== 0n
}
