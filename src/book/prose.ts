/** Short texts of YAML files (hints, questions, reasons): words between backticks are code, quotes elsewhere become curly. */
export interface Part {
  readonly kind: 'text' | 'code'
  readonly text: string
}

export function parts(text: string): readonly Part[] {
  return text
    .split('`')
    .map((piece, index): Part => (index % 2 === 1 ? { kind: 'code', text: piece } : { kind: 'text', text: curly(piece) }))
    .filter((part) => part.text !== '')
}

function curly(text: string): string {
  return text.replace(/"([^"]*)"/g, '“$1”').replace(/(?<=\w)'(?=\w|\s|$|[.,;:])/g, '’')
}
