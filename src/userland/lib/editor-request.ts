/*
 * What an editor (vim, nano) and the page say to each other. Types only. The editor asks by an external wait of kind `editor` whose
 * payload is an EditorRequest, and gets an EditorAnswer; after each answer that leaves it open it asks again, with the same token.
 * Answers are inputs of the log: a replay writes the same files without a page.
 */

/** Number of the operating system command (OSC) by which an editor tells its terminal that it wants the screen. */
export type EditorOsc = 7411

export interface EditorRequest {
  readonly editor: 'vim' | 'nano'
  /**
   * Names this run of the editor. The editor has also written `ESC ] 7411 ; open ; TOKEN BEL` to its terminal: the screen on which
   * that arrives, through however many ptys, is the one to cover. `close` in the place of `open` gives the screen back.
   */
  readonly token: string
  /** As given on the command line; empty when no file was named. */
  readonly path: string
  /** Name and version, as nano shows it. */
  readonly version: string
  readonly readonly: boolean
  /** What to show, unless this run of the editor is on the page already. Lines end with a newline, the last one without. */
  readonly text: string
  /** The text is not what the file holds (it was suspended that way). */
  readonly modified?: boolean
  /** Where the cursor goes, from 1; a number beyond the end is the last line. */
  readonly line?: number
  readonly column?: number
  /** For the status line. */
  readonly message: string
  /** Whether the save that was asked for has been done. */
  readonly saved?: boolean
}

export type EditorAnswer =
  /** Nobody can show an editor here. */
  | { readonly unsupported: true }
  | {
      readonly action: 'save'
      readonly text: string
      /** Another file than the one that is edited. */
      readonly path?: string
      /** Whatever the editor would object to (`:w!`). */
      readonly force?: boolean
      /** Ends when it has been saved. */
      readonly quit?: boolean
    }
  | { readonly action: 'quit'; readonly exit: number }
  /** Ctrl-Z: the editor stops until `fg`. */
  | { readonly action: 'suspend'; readonly text: string; readonly modified: boolean; readonly line: number; readonly column: number }
