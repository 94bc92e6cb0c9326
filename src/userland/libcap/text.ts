import { ALL_CAPS, CAP, CAPABILITIES, type CapabilityName, capBit } from '#linux/process/capability.ts'

/** A set of file or process capabilities as cap_from_text(3) and cap_to_text(3) see it. */
export interface CapSets {
  effective: bigint
  inheritable: bigint
  permitted: bigint
}

/** Mask of `cap_net_raw,cap_chown` or `all`; undefined for an unknown name. */
export function capMask(names: string): bigint | undefined {
  if (names === '' || names === 'all') return ALL_CAPS
  let mask = 0n
  for (const name of names.toLowerCase().split(',')) {
    const bare = name.replace(/^cap_/, '')
    if (name.startsWith('cap_') && Object.hasOwn(CAP, bare)) mask |= capBit(CAP[bare as CapabilityName])
    else if (/^\d+$/.test(name) && Number(name) < CAPABILITIES.length) mask |= capBit(Number(name))
    else return undefined
  }
  return mask
}

/** Parses clauses such as `cap_net_raw+ep` or `= cap_chown=eip cap_kill-e`; undefined when they are no capabilities. */
export function parseCaps(text: string): CapSets | undefined {
  const sets: CapSets = { effective: 0n, inheritable: 0n, permitted: 0n }
  for (const clause of text.trim().split(/\s+/)) {
    if (clause === '') continue
    const m = /^([a-z0-9_,]*)((?:[=+-][eip]*)+)$/i.exec(clause)
    if (m === null) return undefined
    const mask = capMask(m[1] ?? '')
    if (mask === undefined) return undefined
    for (const action of (m[2] ?? '').matchAll(/([=+-])([eip]*)/g)) {
      const flags = action[2] ?? ''
      if (action[1] !== '=' && (m[1] === '' || flags === '')) return undefined
      const touch = (key: keyof CapSets, letter: string): void => {
        if (action[1] === '=') sets[key] &= ~mask
        if (flags.includes(letter)) sets[key] = action[1] === '-' ? sets[key] & ~mask : sets[key] | mask
      }
      touch('effective', 'e')
      touch('inheritable', 'i')
      touch('permitted', 'p')
    }
  }
  return sets
}

/** `cap_chown,cap_kill` of a mask. */
export function capNames(mask: bigint): string[] {
  return CAPABILITIES.filter((name) => (mask & capBit(CAP[name])) !== 0n).map((name) => `cap_${name}`)
}

/** cap_to_text(3): the most common combination first as `=ep`, the others as differences. */
export function formatCapSets({ effective, inheritable, permitted }: CapSets): string {
  const groups = new Map<number, bigint>()
  for (let n = 0; n < CAPABILITIES.length; n++) {
    const bit = capBit(n)
    const key = ((effective & bit) !== 0n ? 1 : 0) | ((inheritable & bit) !== 0n ? 2 : 0) | ((permitted & bit) !== 0n ? 4 : 0)
    groups.set(key, (groups.get(key) ?? 0n) | bit)
  }
  const count = (mask: bigint): number => capNames(mask).length
  const flags = (key: number): string => `${(key & 1) !== 0 ? 'e' : ''}${(key & 2) !== 0 ? 'i' : ''}${(key & 4) !== 0 ? 'p' : ''}`
  let base = 0
  for (const [key, mask] of groups) if (count(mask) > count(groups.get(base) ?? 0n)) base = key
  const rest = [...groups].filter(([key]) => key !== base).sort(([a], [b]) => b - a)
  if (base === 0) {
    if (rest.length === 0) return '='
    return rest.map(([key, mask]) => `${capNames(mask).join(',')}=${flags(key)}`).join(' ')
  }
  let out = `=${flags(base)}`
  for (const [key, mask] of rest) {
    const plus = flags(key & ~base)
    const minus = flags(base & ~key)
    out += ` ${capNames(mask).join(',')}${plus === '' ? '' : `+${plus}`}${minus === '' ? '' : `-${minus}`}`
  }
  return out
}
