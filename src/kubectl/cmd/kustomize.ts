import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { print } from '../io.ts'
import { kustomize } from '../kustomize/build.ts'
import { toYaml } from '../print/yaml.ts'

export const kustomizeCommand: Command = {
  name: 'kustomize',
  use: 'DIR [flags]',
  short: 'Build a kustomization target from a directory or URL',
  group: 'Advanced Commands',
  flags: [{ name: 'output', short: 'o', type: 'string', default: "''", usage: 'If specified, write output to this path.' }],
  *run(k, call) {
    if (call.args.length > 1) throw new CommandError('specify one path to kustomization.yaml')
    if (call.flags.string('output') !== '') throw new CommandError('podlab: kubectl kustomize --output is not modelled')
    const objects = yield* kustomize(k, call.args[0] ?? '.')
    yield* print(k.proc, objects.map((o) => toYaml(o)).join('---\n'))
  },
}
