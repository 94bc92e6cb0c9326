import type { Shell } from './shell.ts'

/** The stack of `pushd`, without the present directory, top first. */
export class DirectoryStack {
  readonly #sh: Shell
  entries: string[] = []

  constructor(sh: Shell) {
    this.#sh = sh
  }

  adopt(other: DirectoryStack): void {
    this.entries = other.entries.slice()
  }

  /** The whole stack; the present directory is its top. */
  all(): string[] {
    return [this.#sh.get('PWD') ?? this.#sh.proc.getcwd(), ...this.entries]
  }

  /** `+N` or `N` counts from the left, `-N` from the right. */
  at(spec: string): string | undefined {
    const list = this.all()
    const n = Number(spec.replace(/^[+-]/, ''))
    return list[spec.startsWith('-') ? list.length - 1 - n : n]
  }
}
