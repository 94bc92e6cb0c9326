import { Errno } from '#linux/errno.ts'
import { Out } from '../lib/io.ts'
import { defineProgram } from '../lib/program.ts'
import { type ProcessInfo, readProcesses, readSystem } from '../procps/processes.ts'

interface Node {
  readonly pid: number
  readonly name: string
  readonly children: Node[]
  readonly info: ProcessInfo | undefined
}

/** pstree(1): the tree of processes, identical branches together as `2*[agetty]`. */
export const pstree = defineProgram({
  name: 'psmisc/pstree',
  usage: '[OPTIONS] [ PID | USER ]',
  short: 'aAcCghH:lnNpsStTuUV',
  long: 'arguments:a ascii:A compact-not:c show-pgids:g highlight-all:h highlight-pid=:H long:l numeric-sort:n show-pids:p show-parents:s thread-names:t hide-threads:T uid-changes:u unicode:U vt100:G',
  missing: 'N ns-sort S ns-changes Z security-context C color',
  *run(ctx) {
    const { proc } = ctx
    const sys = yield* readSystem(proc)
    const all = yield* readProcesses(proc)
    if (all.length === 0) return yield* ctx.die('No processes found.')
    const nodes = new Map<number, Node>()
    for (const p of all) nodes.set(p.pid, { pid: p.pid, name: p.comm, children: [], info: p })
    for (const p of all) {
      const node = nodes.get(p.pid) as Node
      if (p.ppid !== 0) nodes.get(p.ppid)?.children.push(node)
      if (ctx.has('T') || p.threads <= 1) continue
      for (const tid of tasks(proc, p.pid))
        if (tid !== p.pid)
          node.children.push({
            pid: tid,
            name: `{${p.comm}}`,
            children: [],
            info: undefined,
          })
    }
    // Kernel threads hang below kthreadd, which pstree leaves out unless it is asked for.
    const byPid = ctx.has('n')
    for (const node of nodes.values()) {
      node.children.sort((a, b) => (!byPid && a.name !== b.name ? (a.name < b.name ? -1 : 1) : a.pid - b.pid))
    }
    const operand = ctx.operands[0]
    let roots: Node[]
    if (operand === undefined) roots = [nodes.get(1) ?? (nodes.get(all[0]?.pid ?? 0) as Node)]
    else if (/^\d+$/.test(operand)) {
      const node = nodes.get(Number(operand))
      if (node === undefined) return 1
      roots = [ctx.has('s') ? withParents(node, nodes) : node]
    } else {
      const uid = sys.accounts.user(operand)?.uid
      if (uid === undefined) return yield* ctx.die(`No such user name: ${operand}`)
      roots = [...nodes.values()].filter((n) => n.info?.uid === uid && nodes.get(n.info.ppid)?.info?.uid !== uid)
      if (roots.length === 0) return yield* ctx.die('No processes found.')
    }
    const label = (node: Node, parent: Node | undefined): string => {
      const notes: string[] = []
      if (ctx.has('p')) notes.push(String(node.pid))
      if (ctx.has('g')) notes.push(String(node.info?.pgrp ?? node.pid))
      if (ctx.has('u') && node.info !== undefined && parent?.info !== undefined && parent.info.uid !== node.info.uid)
        notes.push(sys.accounts.userName(node.info.uid))
      const args = ctx.has('a') && node.info !== undefined && node.info.argv.length > 1 ? ` ${node.info.argv.slice(1).join(' ')}` : ''
      return `${node.name}${notes.length > 0 ? `${ctx.has('a') ? `,${notes.join(',')}` : `(${notes.join(',')})`}` : ''}${args}`
    }
    const compact = !ctx.has('c', 'p', 'g')
    const lines: string[] = []
    for (const root of roots) {
      if (ctx.has('a')) argumentsTree(root, undefined, '', '', lines, label)
      else lines.push(...tree(root, undefined, label, compact, unicode(ctx.has('U'))))
    }
    const out = new Out(proc, 1)
    const width = ctx.has('l') ? Number.POSITIVE_INFINITY : screenWidth(proc)
    for (const line of lines) out.put(`${line.length > width ? `${line.slice(0, width - 1)}+` : line}\n`)
    yield* out.flush()
    return 0
  },
})

interface Marks {
  readonly single: string
  readonly first: string
  readonly middle: string
  readonly last: string
  readonly bar: string
}

const unicode = (on: boolean): Marks =>
  on
    ? { single: '───', first: '─┬─', middle: ' ├─', last: ' └─', bar: ' │ ' }
    : { single: '---', first: '-+-', middle: ' |-', last: ' `-', bar: ' | ' }

function tasks(proc: Parameters<typeof readSystem>[0], pid: number): number[] {
  try {
    return proc.readdir(`/proc/${pid}/task`).map((e) => Number(e.name))
  } catch (error) {
    if (error instanceof Errno) return []
    throw error
  }
}

function screenWidth(proc: Parameters<typeof readSystem>[0]): number {
  try {
    return proc.getWinSize(1).cols || 132
  } catch (error) {
    if (error instanceof Errno) return 132
    throw error
  }
}

/** -s: only the line of ancestors above a process. */
function withParents(node: Node, nodes: ReadonlyMap<number, Node>): Node {
  let at = node
  for (;;) {
    const parent = nodes.get(at.info?.ppid ?? 0)
    if (parent === undefined) return at
    at = { ...parent, children: [at] }
  }
}

/** What a subtree looks like, to find equal branches. */
function shape(node: Node): string {
  return `${node.name}(${node.children.map(shape).join(',')})`
}

/** The lines of a subtree; `closing` are brackets that end with its last process on the first line. */
function tree(
  node: Node,
  parent: Node | undefined,
  label: (n: Node, p: Node | undefined) => string,
  compact: boolean,
  marks: Marks,
  count = 1,
  closing = '',
): string[] {
  const text = `${count > 1 ? `${count}*[` : ''}${label(node, parent)}`
  const ends = count > 1 ? `]${closing}` : closing
  const branches: { readonly node: Node; count: number }[] = []
  for (const child of node.children) {
    const same = compact ? branches.find((b) => shape(b.node) === shape(child)) : undefined
    if (same !== undefined) same.count++
    else branches.push({ node: child, count: 1 })
  }
  if (branches.length === 0) return [text + ends]
  const lines: string[] = []
  const space = ' '.repeat(text.length)
  for (const [i, branch] of branches.entries()) {
    const only = branches.length === 1
    const last = i === branches.length - 1
    const mark = only ? marks.single : i === 0 ? marks.first : last ? marks.last : marks.middle
    const below = tree(branch.node, node, label, compact, marks, branch.count, ends)
    for (const [k, line] of below.entries()) {
      if (k === 0) lines.push((i === 0 ? text : space) + mark + line)
      else lines.push(space + (last ? '   ' : marks.bar) + line)
    }
  }
  return lines
}

/** -a: one process a line. */
function argumentsTree(
  node: Node,
  parent: Node | undefined,
  lead: string,
  below: string,
  lines: string[],
  label: (n: Node, p: Node | undefined) => string,
): void {
  lines.push(lead + label(node, parent))
  for (const [i, child] of node.children.entries()) {
    const last = i === node.children.length - 1
    argumentsTree(child, node, `${below}  ${last ? '`-' : '|-'}`, `${below}  ${last ? ' ' : '|'} `.replace(/ $/, ' '), lines, label)
  }
}
