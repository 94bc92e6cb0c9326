import { defineProgram } from '#userland/lib/program.ts'
import { quote } from '#userland/lib/quote.ts'

/** Settings as `stty -a` lists them: with a semicolon, or one word each. */
const CHARACTERS = /\S[^;]*;/g
const WORDS = /\S+/g

/** Items with blanks between them, in lines of so many columns. */
function wrap(items: readonly string[], columns: number): string {
  let out = ''
  let column = 0
  for (const item of items) {
    if (column > 0 && columns - column < item.length + 1) {
      out += '\n'
      column = 0
    }
    if (column > 0) {
      out += ' '
      column++
    }
    out += item
    column += item.length
  }
  return out
}

/** stty(1): size, the usual flags and settings of the modelled part of termios(3). */
export const stty = defineProgram({
  name: 'coreutils/stty',
  usage: '[-F DEVICE | --file=DEVICE] [SETTING]...\n[-F DEVICE | --file=DEVICE] [-a|--all]\n[-F DEVICE | --file=DEVICE] [-g|--save]',
  short: 'aF:g',
  long: 'all:a file=:F save:g',
  posix: true,
  // A setting may begin with a minus: what follows the options is taken as it is.
  argv(words) {
    const at = words.findIndex((w, i) => !/^(?:-[ag]|-F.*|--.*)$/.test(w) && words[i - 1] !== '-F')
    return at < 0 || words.includes('--') ? words : [...words.slice(0, at), '--', ...words.slice(at)]
  },
  *run(ctx) {
    const { proc } = ctx
    if (!proc.isatty(0)) return yield* ctx.die("'standard input': Inappropriate ioctl for device")
    const words = [...ctx.operands]
    let t = proc.tcgetattr(0)
    const size = proc.getWinSize(0)
    if (ctx.has('g')) {
      ctx.out.put(`500:5:bf:${t.icanon ? '8a3b' : '8a39'}\n`)
      return 0
    }
    if (words.length === 0) {
      const ctrl = (n: number): string => (n === 0 ? '<undef>' : n === 127 ? '^?' : `^${String.fromCharCode(n + 64)}`)
      const flag = (name: string, on: boolean): string => `${on ? '' : '-'}${name}`
      const put = (line: string, pattern: RegExp): void => {
        ctx.out.put(`${wrap(line.match(pattern) ?? [], size.cols > 0 ? size.cols : 80)}\n`)
      }
      if (ctx.has('a')) {
        put(`speed 38400 baud; rows ${size.rows}; columns ${size.cols}; line = 0;`, CHARACTERS)
        put(
          `intr = ${ctrl(t.cc.intr)}; quit = ${ctrl(t.cc.quit)}; erase = ${ctrl(t.cc.erase)}; kill = ${ctrl(t.cc.kill)}; eof = ${ctrl(t.cc.eof)}; eol = <undef>; eol2 = <undef>; swtch = <undef>; start = ${ctrl(t.cc.start)}; stop = ${ctrl(t.cc.stop)}; susp = ${ctrl(t.cc.susp)}; rprnt = ${ctrl(t.cc.rprnt)}; werase = ${ctrl(t.cc.werase)}; lnext = ${ctrl(t.cc.lnext)}; discard = ^O; min = ${t.vmin}; time = ${t.vtime};`,
          CHARACTERS,
        )
        put('-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts', WORDS)
        put(
          `-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr ${flag('icrnl', t.icrnl)} ${flag('ixon', t.ixon)} -ixoff -iuclc -ixany -imaxbel -iutf8`,
          WORDS,
        )
        put(`${flag('opost', t.opost)} -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0`, WORDS)
        put(
          `${flag('isig', t.isig)} ${flag('icanon', t.icanon)} ${flag('iexten', t.iexten)} ${flag('echo', t.echo)} echoe echok -echonl -noflsh -xcase ${flag('tostop', t.tostop)} -echoprt ${flag('echoctl', t.echoctl)} echoke -flusho -extproc`,
          WORDS,
        )
      } else {
        ctx.out.put('speed 38400 baud; line = 0;\n')
        // What is not as `sane` has it.
        for (const group of [['icrnl', 'ixon'], ['opost'], ['isig', 'icanon', 'iexten', 'echo', 'echoctl']] as const) {
          const off = group.filter((name) => !t[name]).map((name) => `-${name}`)
          if (group.length > 2 && t.tostop) off.push('tostop')
          if (off.length > 0) ctx.out.put(`${off.join(' ')}\n`)
        }
      }
      return 0
    }
    const flags = ['icrnl', 'ixon', 'opost', 'icanon', 'echo', 'echoctl', 'isig', 'iexten', 'tostop'] as const
    for (let i = 0; i < words.length; i++) {
      const word = words[i] ?? ''
      const off = word.startsWith('-')
      const bare = off ? word.slice(1) : word
      const flag = flags.find((f) => f === bare)
      if (flag !== undefined) t = { ...t, [flag]: !off }
      else if (word === 'size') ctx.out.put(`${size.rows} ${size.cols}\n`)
      else if (bare === 'sane')
        t = { ...t, icrnl: true, opost: true, icanon: true, echo: true, echoctl: true, isig: true, iexten: true, ixon: true }
      else if (bare === 'raw' || bare === 'cooked') {
        const raw = (bare === 'raw') !== off
        t = { ...t, icrnl: !raw, ixon: !raw, opost: !raw, icanon: !raw, isig: !raw }
      } else if (bare === 'cbreak') t = { ...t, icanon: off }
      else if (['echoe', 'echok', 'echoke', 'onlcr', 'cs8', 'hup', 'hupcl', 'crterase', 'iutf8'].includes(bare)) continue
      else if (word === 'rows' || word === 'cols' || word === 'columns') {
        const n = Number(words[++i])
        proc.setWinSize(0, word === 'rows' ? { ...proc.getWinSize(0), rows: n } : { ...proc.getWinSize(0), cols: n })
      } else if (word === 'min' || word === 'time')
        t = word === 'min' ? { ...t, vmin: Number(words[++i]) } : { ...t, vtime: Number(words[++i]) }
      else if (word in t.cc) {
        const text = words[++i] ?? ''
        const code =
          text === 'undef' || text === '^-'
            ? 0
            : text === '^?'
              ? 127
              : text.startsWith('^')
                ? text.toUpperCase().charCodeAt(1) & 31
                : text.charCodeAt(0)
        t = { ...t, cc: { ...t.cc, [word]: code } }
      } else return yield* ctx.usage(`invalid argument ${quote(word)}`)
    }
    proc.tcsetattr(0, t, 'drain')
    return 0
  },
})
