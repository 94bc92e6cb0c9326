/** What the shell is to do with candidates. Source: cobra, ShellCompDirective. */
export const DIRECTIVE = { default: 0, error: 1, noSpace: 2, noFiles: 4, filterFileExt: 8, filterDirs: 16, keepOrder: 32 } as const

const NAMES = ['Error', 'NoSpace', 'NoFileComp', 'FilterFileExt', 'FilterDirs', 'KeepOrder']

export function directiveName(bits: number): string {
  const names = NAMES.filter((_, i) => (bits & (1 << i)) !== 0)
  return (names.length === 0 ? ['Default'] : names).map((name) => `ShellCompDirective${name}`).join(', ')
}

/** Candidates for a word, each with `\tdescription` if it has one. */
export interface Completed {
  readonly candidates: readonly string[]
  readonly directive: number
}
