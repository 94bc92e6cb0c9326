/**
 * Messages over a terminal: the only way into a WebContainer is what its processes read and write. A message is JSON in base64, on lines
 * short enough for any terminal: a mark that tells the direction, `+` (more follows) or `.` (the end), a piece. Other lines are no
 * messages: echo, warnings of Node.
 */

/** To the bridge in the container, and from it. `bridge.mjs` knows them too. */
export const TO_POD = '@lab'
export const FROM_POD = '@pod'
const PIECE = 1500

export function frame(mark: string, message: unknown): string {
  const text = toBase64(new TextEncoder().encode(JSON.stringify(message)))
  let lines = ''
  for (let at = 0; at < text.length; at += PIECE) lines += `${mark}${at + PIECE < text.length ? '+' : '.'}${text.slice(at, at + PIECE)}\n`
  return lines
}

/** Puts messages together again from what a terminal shows. */
export class Deframer {
  readonly #mark: string
  #rest = ''
  #pieces = ''

  constructor(mark: string) {
    this.#mark = mark
  }

  /** The messages that are whole now; what can't be read is left out. */
  take(text: string): readonly unknown[] {
    const lines = (this.#rest + text).split(/[\r\n]+/)
    this.#rest = lines.pop() ?? ''
    const messages: unknown[] = []
    for (const line of lines) {
      if (!line.startsWith(this.#mark)) continue
      this.#pieces += line.slice(this.#mark.length + 1)
      if (line[this.#mark.length] !== '.') continue
      try {
        messages.push(JSON.parse(new TextDecoder().decode(fromBase64(this.#pieces))))
      } catch {
        // A line was damaged: the request it belonged to will be cancelled by its program.
      }
      this.#pieces = ''
    }
    return messages
  }
}

export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}
