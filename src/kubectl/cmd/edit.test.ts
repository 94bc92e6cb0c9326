// recorded: kubectl v1.36.3 with editors that change the file by sed
import { describe, expect, it } from 'vitest'
import type { Program } from '#linux/syscalls.ts'
import { decode, encode } from '#sim/bytes.ts'
import { readFile, writeFile } from '../io.ts'
import { TestMachine } from '../test-machine.ts'

type Step = (text: string) => string

/** `vi` that does the next step each time it is run, and keeps what it was shown. */
class Hand {
  readonly seen: string[] = []
  #steps: readonly Step[] = []
  readonly machine: TestMachine

  constructor() {
    const program: Program = {
      name: 'vi',
      main: (proc) => this.#edit(proc),
    }
    this.machine = new TestMachine({}, [program])
    this.machine.run(['create', 'configmap', 'c', '--from-literal=a=1'])
  }

  /** Runs `kubectl edit …`; the name of the temporary file is cut short. */
  edit(words: string, ...steps: Step[]): string {
    this.seen.length = 0
    this.#steps = steps
    const { stdout, stderr, exit } = this.machine.run(['edit', ...words.split(' ')])
    return `${stdout}${stderr.replaceAll(/kubectl-edit-\d+/g, 'kubectl-edit-N')}${exit}`
  }

  *#edit(proc: Parameters<Program['main']>[0]): ReturnType<Program['main']> {
    const [, file = ''] = proc.argv
    const text = decode(yield* readFile(proc, file))
    const step = this.#steps[this.seen.length]
    this.seen.push(text)
    if (step === undefined) return 3
    yield* writeFile(proc, file, encode(step(text)), 0o600)
    return 0
  }
}

const keep: Step = (text) => text
const COPY = 'A copy of your changes has been stored to "/tmp/kubectl-edit-N.yaml"\n'
const INVALID = 'error: configmaps "c" is invalid\n'
const NO_VALID = 'error: Edit cancelled, no valid changes were saved.\n'

describe('kubectl edit', () => {
  it.each<[string, string, Step[], string]>([
    ['nothing changed', 'cm c', [keep], 'Edit cancelled, no changes made.\n0'],
    ['only comments and layout', 'cm c', [(t) => `# x\n${t.replace('"1"', "'1'")}`], 'Edit cancelled, no changes made.\n0'],
    ['a value', 'cm c', [(t) => t.replace('"1"', '"2"')], 'configmap/c edited\n0'],
    ['the patch shown', 'cm c --output-patch', [(t) => t.replace('"1"', '"2"')], 'Patch: {"data":{"a":"2"}}\nconfigmap/c edited\n0'],
    ['emptied', 'cm c', [() => '', keep], `${INVALID}${COPY}${NO_VALID}1`],
    ['no kind', 'cm c', [(t) => t.replace(/^kind:.*\n/m, ''), keep], `${INVALID}${COPY}${NO_VALID}1`],
    [
      'another name',
      'cm c',
      [(t) => t.replace('name: c\n', 'name: e\n')],
      `${COPY}error: At least one of apiVersion, kind and name was changed\n1`,
    ],
    ['an unknown kind', 'cm c', [(t) => t.replace('kind: ConfigMap', 'kind: Nonsense'), keep], `${COPY}${NO_VALID}1`],
    ['an editor that fails', 'cm c', [], 'error: there was a problem with the editor "vi"\n1'],
  ])('%s', (_, words, steps, said) => expect(new Hand().edit(words, ...steps)).toBe(said))

  it('what the server refuses is told at the head of the file, which is opened again', () => {
    const hand = new Hand()
    hand.machine.run(['create', 'deployment', 'd', '--image=nginx'])
    const said = hand.edit(
      'deploy d',
      (t) => t.replace(' replicas: 1', ' replicas: -1'),
      (t) => t.replace(' replicas: -1', ' replicas: 2'),
    )
    expect(said).toBe('deployment.apps/d edited\nerror: deployments.apps "d" is invalid\n0')
    expect(hand.seen[1]?.split('\n').slice(2, 7)).toEqual([
      '# reopened with the relevant failures.',
      '#',
      '# deployments.apps "d" was not valid:',
      '# * spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      '#',
    ])
  })

  it('several objects are one file', () => {
    const hand = new Hand()
    hand.machine.run(['create', 'configmap', 'e', '--from-literal=b=2'])
    expect(hand.edit('cm/c cm/e', (t) => t.replace('"2"', '"3"'))).toBe('configmap/c skipped\nconfigmap/e edited\n0')
    expect(hand.seen[0]).toContain('\nitems:\n- apiVersion: v1\n')
  })
})
