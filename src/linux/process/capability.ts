/** capabilities(7): names by number. */
export const CAPABILITIES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
] as const

export type CapabilityName = (typeof CAPABILITIES)[number]

/** Number of a capability by name. */
export const CAP = Object.fromEntries(CAPABILITIES.map((name, number) => [name, number])) as Readonly<Record<CapabilityName, number>>

export const ALL_CAPS: bigint = (1n << BigInt(CAPABILITIES.length)) - 1n

export function capBit(cap: number): bigint {
  return 1n << BigInt(cap)
}

/** `0000003fffffffff`, as in /proc/PID/status. */
export function formatCaps(caps: bigint): string {
  return caps.toString(16).padStart(16, '0')
}

/** The capabilities that govern file access: dropped from the effective set when fsuid leaves 0. */
export const FS_CAPS: bigint = (
  ['chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'linux_immutable', 'mknod', 'mac_override'] as const
).reduce((all, name) => all | capBit(CAP[name]), 0n)

export const SECBIT = {
  NOROOT: 1,
  NO_SETUID_FIXUP: 4,
  KEEP_CAPS: 16,
  NO_CAP_AMBIENT_RAISE: 64,
} as const

/** Contents of the extended attribute security.capability (struct vfs_ns_cap_data). */
export interface FileCaps {
  readonly permitted: bigint
  readonly inheritable: bigint
  readonly effective: boolean
  /** Uid of the root whose namespace they hold in (revision 3); absent: everywhere. */
  readonly rootid?: number
}

const REVISION_2 = 0x02000000
const REVISION_3 = 0x03000000
const FLAG_EFFECTIVE = 1

/** Undefined when the bytes are no valid attribute. */
export function parseFileCaps(bytes: Uint8Array): FileCaps | undefined {
  if (bytes.length !== 20 && bytes.length !== 24) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint32(0, true)
  const revision = magic & 0xff000000
  if (revision !== REVISION_2 && revision !== REVISION_3) return undefined
  const wide = (low: number, high: number): bigint => BigInt(view.getUint32(low, true)) | (BigInt(view.getUint32(high, true)) << 32n)
  const caps = {
    permitted: wide(4, 12),
    inheritable: wide(8, 16),
    effective: (magic & FLAG_EFFECTIVE) !== 0,
  }
  return revision === REVISION_3 && bytes.length === 24 ? { ...caps, rootid: view.getUint32(20, true) } : caps
}

export function encodeFileCaps(caps: FileCaps): Uint8Array {
  const bytes = new Uint8Array(caps.rootid === undefined ? 20 : 24)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, (caps.rootid === undefined ? REVISION_2 : REVISION_3) | (caps.effective ? FLAG_EFFECTIVE : 0), true)
  view.setUint32(4, Number(caps.permitted & 0xffffffffn), true)
  view.setUint32(8, Number(caps.inheritable & 0xffffffffn), true)
  view.setUint32(12, Number(caps.permitted >> 32n), true)
  view.setUint32(16, Number(caps.inheritable >> 32n), true)
  if (caps.rootid !== undefined) view.setUint32(20, caps.rootid, true)
  return bytes
}
