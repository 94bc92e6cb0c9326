// Stand-in until the true hash of the template's Go dump lands here.
import { sorted } from './json.ts'

const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

export function podTemplateHash(template: unknown, collisionCount: number | undefined): string {
  let h = 0x811c9dc5
  for (const c of JSON.stringify(sorted(template)) + (collisionCount ?? '')) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193) >>> 0
  return [...String(h)].map((c) => SAFE.charAt(c.charCodeAt(0) % SAFE.length)).join('')
}
