/** Where a subscript that starts at `open` ends, behind its bracket; -1: it does not. */
export function subscriptEnd(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '[') depth++
    else if (text[i] === ']' && --depth === 0) return i + 1
  }
  return -1
}
