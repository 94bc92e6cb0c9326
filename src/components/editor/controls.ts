import type { Extension } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import type { TemplateResult } from 'lit'
import type { EditorRequest } from '../../lab/protocol.ts'

export interface SaveOptions {
  readonly path?: string
  readonly force?: boolean
  readonly quit?: boolean
}

/** What the keys and commands of an editor can do to it. */
export interface Controls {
  readonly view: EditorView
  /** As the program sent it last. */
  readonly request: EditorRequest
  /** The text is not what the file holds. */
  readonly modified: boolean
  save(options?: SaveOptions): void
  quit(exit?: number): void
  suspend(): void
  /** Writes the status line. */
  say(message: string): void
  /** Draws the lines around the text again. */
  draw(): void
  focus(): void
}

/** An editor's own keys and lines: what makes it vim or nano. */
export interface Keys {
  /** One line for those who have never seen it. */
  readonly help: string
  readonly extensions: Extension
  /** Called once, when there is a view. */
  begin(controls: Controls): void
  /** Above the text. */
  top(): TemplateResult | undefined
  /** Below the text: status line and the like. `tab`: tab index of what can be pressed. */
  bottom(tab: number): TemplateResult
  /** A message of the program for the status line. */
  told(message: string): void
  /** The button `Save`, or `Save and close`. */
  save(quit: boolean): void
}
