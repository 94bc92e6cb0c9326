/** Names of the editor's commands. */
export type EditCommand =
  | 'beginning'
  | 'end'
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'delete'
  | 'rubout'
  | 'kill-end'
  | 'kill-line'
  | 'rubout-blank-word'
  | 'kill-word'
  | 'rubout-word'
  | 'yank'
  | 'yank-pop'
  | 'yank-last-argument'
  | 'transpose'
  | 'transpose-words'
  | 'upcase'
  | 'downcase'
  | 'capitalise'
  | 'undo'
  | 'revert'
  | 'previous'
  | 'next'
  | 'first'
  | 'last'
  | 'search-back'
  | 'search-forward'
  | 'accept'
  | 'eof'
  | 'clear'
  | 'complete'
  | 'list'
  | 'insert-all'
  | 'quoted'
  | 'abort'
  | 'paste'
  | 'comment'
  | 'expand-line'
  | 'ignore'
  | 'accept-next'

/** Emacs bindings. Source: readline(3), DEFAULT KEY BINDINGS. */
export const KEYS: ReadonlyMap<string, EditCommand> = new Map<string, EditCommand>([
  ['\x01', 'beginning'],
  ['\x02', 'left'],
  ['\x04', 'eof'],
  ['\x05', 'end'],
  ['\x06', 'right'],
  ['\x07', 'abort'],
  ['\x08', 'rubout'],
  ['\x7f', 'rubout'],
  ['\t', 'complete'],
  ['\n', 'accept'],
  ['\r', 'accept'],
  ['\x0b', 'kill-end'],
  ['\x0c', 'clear'],
  ['\x0e', 'next'],
  ['\x0f', 'accept-next'],
  ['\x10', 'previous'],
  ['\x11', 'quoted'],
  ['\x12', 'search-back'],
  ['\x13', 'search-forward'],
  ['\x14', 'transpose'],
  ['\x15', 'kill-line'],
  ['\x16', 'quoted'],
  ['\x17', 'rubout-blank-word'],
  ['\x19', 'yank'],
  ['\x1f', 'undo'],
  ['\x18\x15', 'undo'],
  ['\x18\x08', 'ignore'],
  ['\x1b[A', 'previous'],
  ['\x1b[B', 'next'],
  ['\x1b[C', 'right'],
  ['\x1b[D', 'left'],
  ['\x1bOA', 'previous'],
  ['\x1bOB', 'next'],
  ['\x1bOC', 'right'],
  ['\x1bOD', 'left'],
  ['\x1b[H', 'beginning'],
  ['\x1b[F', 'end'],
  ['\x1bOH', 'beginning'],
  ['\x1bOF', 'end'],
  ['\x1b[1~', 'beginning'],
  ['\x1b[4~', 'end'],
  ['\x1b[7~', 'beginning'],
  ['\x1b[8~', 'end'],
  ['\x1b[3~', 'delete'],
  ['\x1b[2~', 'ignore'],
  ['\x1b[5~', 'first'],
  ['\x1b[6~', 'last'],
  ['\x1b[1;5C', 'word-right'],
  ['\x1b[1;5D', 'word-left'],
  ['\x1b[1;3C', 'word-right'],
  ['\x1b[1;3D', 'word-left'],
  ['\x1b[5C', 'word-right'],
  ['\x1b[5D', 'word-left'],
  ['\x1b[200~', 'paste'],
  ['\x1bb', 'word-left'],
  ['\x1bf', 'word-right'],
  ['\x1bB', 'word-left'],
  ['\x1bF', 'word-right'],
  ['\x1bd', 'kill-word'],
  ['\x1bD', 'kill-word'],
  ['\x1b\x7f', 'rubout-word'],
  ['\x1b\x08', 'rubout-word'],
  ['\x1by', 'yank-pop'],
  ['\x1b.', 'yank-last-argument'],
  ['\x1b_', 'yank-last-argument'],
  ['\x1bt', 'transpose-words'],
  ['\x1bu', 'upcase'],
  ['\x1bl', 'downcase'],
  ['\x1bc', 'capitalise'],
  ['\x1br', 'revert'],
  ['\x1b<', 'first'],
  ['\x1b>', 'last'],
  ['\x1b?', 'list'],
  ['\x1b=', 'list'],
  ['\x1b*', 'insert-all'],
  ['\x1b#', 'comment'],
  ['\x1b\x05', 'expand-line'],
])

/** Whether more keys may make `typed` a binding. */
export function isPrefix(typed: string): boolean {
  if (typed === '\x1b' || typed === '\x18') return true
  if (/^\x1b(?:\[[\d;]*|O)$/.test(typed)) return true
  for (const k of KEYS.keys()) if (k.length > typed.length && k.startsWith(typed)) return true
  return false
}
