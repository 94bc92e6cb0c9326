/** How a text looks in an editor: the colours of the lab, and which language a file is in. */
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, indentUnit, StreamLanguage, syntaxHighlighting } from '@codemirror/language'
import { dockerFile } from '@codemirror/legacy-modes/mode/dockerfile'
import { properties } from '@codemirror/legacy-modes/mode/properties'
import { shell } from '@codemirror/legacy-modes/mode/shell'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightSpecialChars } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: '#8b979b', fontStyle: 'italic' },
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.definition(tags.variableName)], color: '#6ad0c1' },
  { tag: [tags.keyword, tags.operator, tags.punctuation, tags.meta], color: '#86b4ea' },
  { tag: [tags.string, tags.content], color: '#8fce9b' },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: '#e2c27a' },
  { tag: [tags.labelName, tags.typeName, tags.standard(tags.variableName)], color: '#d3a3e0' },
  { tag: tags.invalid, color: '#f08a80' },
])

const THEME = EditorView.theme(
  {
    '&': { height: '100%', color: 'var(--lab-ink)', backgroundColor: 'transparent', fontSize: '13px' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.35', overflow: 'auto' },
    '.cm-content': { padding: '0 0 1rem', caretColor: 'var(--lab-accent)' },
    '.cm-line': { padding: '0 0.2rem' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--lab-soft)', border: '0' },
    '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--lab-accent)', borderLeftWidth: '2px' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection': {
      backgroundColor: '#35555399',
    },
    '.cm-fat-cursor': { background: 'var(--lab-accent) !important', color: 'var(--lab) !important' },
    '&:not(.cm-focused) .cm-fat-cursor': {
      background: 'none !important',
      outline: '1px solid var(--lab-accent) !important',
      color: 'transparent !important',
    },
    '.cm-searchMatch': { backgroundColor: '#e2c27a55' },
    '.cm-searchMatch-selected': { backgroundColor: '#e2c27a99' },
    '.cm-panels': { backgroundColor: 'transparent', color: 'var(--lab-ink)', border: '0' },
    '.cm-vim-panel': { padding: '0 0.2rem', fontFamily: 'var(--mono)' },
    '.cm-vim-panel input': { color: 'inherit', font: 'inherit', minWidth: '0', flex: '1' },
    '.cm-vim-message': { color: '#ffa79f !important', whiteSpace: 'pre-wrap !important' },
    '.cm-specialChar': { color: '#86b4ea' },
  },
  { dark: true },
)

type Language = 'yaml' | 'shell' | 'dockerfile' | 'properties' | 'text'

/** What a file holds, by its name and its first line. */
export function languageOf(path: string, firstLine: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (/\.(ya?ml|json)$/.test(name) || /^(kubeconfig|config)$/.test(name)) return 'yaml'
  if (/\.(sh|bash)$|^\.?(bashrc|profile|bash_profile|bash_aliases|bash_logout)$/.test(name) || /^#!.*\b(ba|da)?sh\b/.test(firstLine))
    return 'shell'
  if (/^Dockerfile|\.dockerfile$/.test(name)) return 'dockerfile'
  return /\.(conf|cfg|ini|toml|service|properties|env)$/.test(name) ? 'properties' : 'text'
}

const MODES: Readonly<Record<Language, () => Extension>> = {
  yaml: () => yaml(),
  shell: () => StreamLanguage.define(shell),
  dockerfile: () => StreamLanguage.define(dockerFile),
  properties: () => StreamLanguage.define(properties),
  text: () => [],
}

/** Everything about the looks that both editors share. */
export function look(language: Language): Extension {
  return [
    THEME,
    MODES[language](),
    syntaxHighlighting(COLOURS),
    indentUnit.of(language === 'yaml' ? '  ' : '\t'),
    EditorState.tabSize.of(8),
    // A carriage return is a character of its line: the program knows what ends one.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
    EditorView.lineWrapping,
    drawSelection(),
    highlightSpecialChars(),
  ]
}
