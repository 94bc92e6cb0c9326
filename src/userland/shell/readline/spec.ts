/** What `complete` says about a command's arguments. */
export interface CompletionSpec {
  actions: string[]
  options: Set<string>
  wordlist?: string
  functionName?: string
  command?: string
  glob?: string
  filter?: string
  prefix?: string
  suffix?: string
}

export class CompletionTable {
  readonly specs = new Map<string, CompletionSpec>()
  /** `-D`, `-E`, `-I`. */
  fallback: CompletionSpec | undefined
  empty: CompletionSpec | undefined
  initial: CompletionSpec | undefined
}
