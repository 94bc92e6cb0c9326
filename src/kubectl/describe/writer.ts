import { type Obj, str } from '#kubernetes/api/json.ts'
import { rfc1123 } from '../print/age.ts'

/** Lines of a description, indented by level; laid out by `tabulate`. */
export class Description {
  #text = ''

  /** A line; `level` counts two blanks each. */
  line(level: number, text: string): void {
    this.#text += `${'  '.repeat(level)}${text}\n`
  }

  get text(): string {
    return this.#text
  }

  /** `Labels:` and the like: a pair a line, sorted, the rest below the first. */
  map(level: number, title: string, map: Readonly<Record<string, string>> | undefined, skip: readonly string[] = [], sign = '='): void {
    const keys = Object.keys(map ?? {})
      .filter((k) => !skip.includes(k))
      .sort()
    if (keys.length === 0) {
      this.line(level, `${title}:\t<none>`)
      return
    }
    keys.forEach((key, i) => {
      const value = `${key}${sign}${map?.[key] ?? ''}`
      this.line(i === 0 ? level : 0, `${i === 0 ? `${title}:` : ''}\t${value}`)
    })
  }

  /** `Conditions:` with times and messages. */
  conditions(conditions: readonly Obj[]): void {
    this.line(0, 'Conditions:')
    this.line(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage')
    this.line(1, '----\t------\t------------------\t------\t-------')
    for (const c of conditions)
      this.line(
        1,
        `${str(c, 'type')}\t${str(c, 'status')}\t${rfc1123(str(c, 'lastTransitionTime'))}\t${str(c, 'reason')}\t${str(c, 'message')}`,
      )
  }
}

/** `Annotations:`; long values go below their key. */
export function annotations(d: Description, level: number, map: Readonly<Record<string, string>> | undefined): void {
  const keys = Object.keys(map ?? {})
    .filter((k) => k !== 'kubectl.kubernetes.io/last-applied-configuration')
    .sort()
  if (keys.length === 0) {
    d.line(level, 'Annotations:\t<none>')
    return
  }
  keys.forEach((key, i) => {
    const head = i === 0 ? 'Annotations:' : ''
    const value = (map?.[key] ?? '').replace(/\n$/, '')
    if (value.length + key.length + 2 <= 140 && !value.includes('\n')) d.line(level, `${head}\t${key}: ${value}`)
    else {
      d.line(level, `${head}\t${key}:`)
      for (const line of value.split('\n')) d.line(level, `\t  ${line.length > 140 ? `${line.slice(0, 140)}...` : line}`)
    }
  })
}
