import { withTilde } from './builtins/directories.ts'
import type { Shell } from './interp/shell.ts'
import { formatTime } from './strftime.ts'
import { SyntaxProblem, type Word } from './syntax/ast.ts'
import { makeWord } from './syntax/lexer.ts'
import { Parser } from './syntax/parser.ts'

export const VERSION = '5.2'
export const RELEASE = '5.2.15'

/** Expands the backslash escapes of a prompt, then variables. `\[` and `\]` become \x01 and \x02. Source: bash, Controlling the Prompt. */
export function expandPrompt(sh: Shell, text: string, commands = true): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c !== '\\' || i + 1 >= text.length) {
      out += c
      continue
    }
    const n = text.charAt(++i)
    const octal = /^[0-7]{1,3}/.exec(text.slice(i))
    if (octal !== null) {
      out += String.fromCharCode(Number.parseInt(octal[0], 8))
      i += octal[0].length - 1
      continue
    }
    if (n === 'D' && text[i + 1] === '{') {
      const end = text.indexOf('}', i)
      if (end > 0) {
        const format = text.slice(i + 2, end)
        out += formatTime(format === '' ? '%X' : format, sh.proc.now(), sh.get('TZ'))
        i = end
        continue
      }
    }
    out += promptEscape(sh, n)
  }
  if (!commands || !sh.shopts.promptvars || !/[$`]/.test(out)) return out
  return sh.expander.quotedText(quotedWord(sh, out))
}

/** The value of a variable read as if in double quotes. What is not closed stands for itself, or, a command, for nothing. */
export function quotedWord(sh: Shell, text: string): Word {
  const parser = new Parser('', { extglob: false, posix: false })
  try {
    return parser.parseText(text, sh.line, 'dq')
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    const command = error.message.endsWith("`)'")
    if (command) sh.error(`command substitution: line ${sh.line}: ${error.message}`)
    else if (error.message.endsWith("`}'")) sh.error(`${text}: bad substitution`)
    return makeWord(command ? [] : [{ t: 'quo', s: text }], text, sh.line)
  }
}

function promptEscape(sh: Shell, c: string): string {
  const time = (format: string): string => formatTime(format, sh.proc.now(), sh.get('TZ'))
  switch (c) {
    case 'a':
      return '\x07'
    case 'd':
      return time('%a %b %d')
    case 'e':
      return '\x1b'
    case 'h':
      return sh.proc.uname().nodename.replace(/\..*/, '') && hostName(sh).replace(/\..*/, '')
    case 'H':
      return hostName(sh)
    case 'j':
      return String(sh.jobs.size)
    case 'l':
      return terminalName(sh)
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 's':
      return sh.shellName.replace(/.*\//, '').replace(/^-/, '')
    case 't':
      return time('%H:%M:%S')
    case 'T':
      return time('%I:%M:%S')
    case '@':
      return time('%I:%M %p')
    case 'A':
      return time('%H:%M')
    case 'u':
      return sh.userName
    case 'v':
      return VERSION
    case 'V':
      return RELEASE
    // What comes from outside is quoted, so that the expansion that follows leaves it alone.
    case 'w':
      return quoted(trimDirectory(sh, withTilde(sh, sh.get('PWD') ?? sh.proc.getcwd())))
    case 'W': {
      const d = sh.get('PWD') ?? sh.proc.getcwd()
      return quoted(d === sh.get('HOME') ? '~' : d === '/' ? '/' : d.replace(/.*\//, ''))
    }
    case '!':
      return String(sh.history?.next ?? 1)
    case '#':
      return String(sh.commandNumber)
    case '$':
      return sh.proc.credentials().euid === 0 ? '#' : '\\$'
    case '\\':
      return '\\'
    case '[':
      return '\x01'
    case ']':
      return '\x02'
    default:
      return `\\${c}`
  }
}

function quoted(s: string): string {
  return s.replace(/[$`\\"]/g, '\\$&')
}

/** The host's name when the shell started: `hostname NAME` does not change a running shell's prompt. */
function hostName(sh: Shell): string {
  sh.hostName ??= sh.proc.uname().nodename
  return sh.hostName
}

function terminalName(sh: Shell): string {
  try {
    return sh.proc.ttyname(0).replace(/.*\//, '')
  } catch {
    return 'tty'
  }
}

/** PROMPT_DIRTRIM. */
function trimDirectory(sh: Shell, path: string): string {
  const n = Number(sh.get('PROMPT_DIRTRIM') ?? 0)
  if (!(n > 0)) return path
  const tilde = path.startsWith('~')
  const parts = path.split('/').filter((p) => p !== '' && p !== '~')
  return parts.length <= n ? path : `${tilde ? '~/' : ''}.../${parts.slice(-n).join('/')}`
}
