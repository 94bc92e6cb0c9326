/** Where the dock is and how big; kept in localStorage, applied to the root element so that the style sheet does the rest. */
export type Side = 'right' | 'bottom'
/** Stops of the sheet on phones. */
export type Stop = 'peek' | 'half' | 'full'

export const NARROW = '(max-width: 820px)'
const KEY = 'podlab:dock'

export interface DockLayout {
  readonly side: Side
  readonly open: boolean
  /** Percent of the window's width (right) or height (bottom). */
  readonly width: number
  readonly height: number
}

const START: DockLayout = { side: 'right', open: true, width: 43, height: 42 }
const MIN = 22
const MAX = 75

const clamp = (value: number): number => Math.min(MAX, Math.max(MIN, Math.round(value * 10) / 10))

export function readLayout(): DockLayout {
  try {
    const data: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (typeof data !== 'object' || data === null) return START
    const { side, open, width, height } = { ...START, ...data }
    if ((side !== 'right' && side !== 'bottom') || typeof open !== 'boolean' || typeof width !== 'number' || typeof height !== 'number')
      return START
    return { side, open, width: clamp(width), height: clamp(height) }
  } catch {
    return START
  }
}

export function resized(layout: DockLayout, percent: number): DockLayout {
  return layout.side === 'right' ? { ...layout, width: clamp(percent) } : { ...layout, height: clamp(percent) }
}

export const sizeOf = (layout: DockLayout): number => (layout.side === 'right' ? layout.width : layout.height)
export const limits = { min: MIN, max: MAX }

export function applyLayout(layout: DockLayout): void {
  const root = document.documentElement
  root.dataset.dock = layout.open ? layout.side : 'closed'
  root.style.setProperty('--dock-width', `${layout.width}vw`)
  root.style.setProperty('--dock-height', `${layout.height}vh`)
  try {
    localStorage.setItem(KEY, JSON.stringify(layout))
  } catch {
    // A reader who forbids storage gets the default size at the next visit.
  }
}
