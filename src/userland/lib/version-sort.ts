/** Order of `sort -V` and `ls -v`: digit runs compare as numbers, letters before other characters, `~` first. Source: gnulib filevercmp. */
export function versionCompare(a: string, b: string): number {
  if (a === b) return 0
  for (const special of ['', '.', '..']) {
    if (a === special) return -1
    if (b === special) return 1
  }
  if (a.startsWith('.') !== b.startsWith('.')) return a.startsWith('.') ? -1 : 1
  const suffix = /(?:\.[A-Za-z~][A-Za-z0-9~]*)*$/
  const short = verrevcmp(a.replace(suffix, ''), b.replace(suffix, ''))
  return short !== 0 ? short : verrevcmp(a, b)
}

function rank(c: string): number {
  if (c === '' || /\d/.test(c)) return 0
  if (c === '~') return -1
  return /[A-Za-z]/.test(c) ? c.charCodeAt(0) : c.charCodeAt(0) + 256
}

function verrevcmp(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/\d/.test(a.charAt(i))) || (j < b.length && !/\d/.test(b.charAt(j)))) {
      const d = rank(a.charAt(i)) - rank(b.charAt(j))
      if (d !== 0) return d
      i++
      j++
    }
    const x = /^0*(\d*)/.exec(a.slice(i))
    const y = /^0*(\d*)/.exec(b.slice(j))
    const [na, nb] = [x?.[1] ?? '', y?.[1] ?? '']
    if (na.length !== nb.length) return na.length - nb.length
    if (na !== nb) return na < nb ? -1 : 1
    i += x?.[0].length ?? 0
    j += y?.[0].length ?? 0
  }
  return 0
}
