import { describe, expect, it } from 'vitest'
import { TestMachine } from './test-machine.ts'

const CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cfg\ndata:\n  a: "1"\n'

describe('kubectl', () => {
  it('creates, applies, patches, labels, describes and deletes', () => {
    const m = new TestMachine()
    const run = (line: string, options: Parameters<TestMachine['run']>[1] = {}): string => {
      const { stdout, stderr, exit } = m.run(line.split(' '), options)
      return `${stdout}${stderr}${exit}`
    }
    expect(run('apply -f cfg.yaml', { files: { 'cfg.yaml': CM } })).toBe('configmap/cfg created\n0')
    expect(run('apply -f cfg.yaml')).toBe('configmap/cfg unchanged\n0')
    expect(run('apply -f cfg.yaml', { files: { 'cfg.yaml': CM.replace('"1"', '"2"') } })).toBe('configmap/cfg configured\n0')
    expect(run('patch cm cfg -p {"data":{"b":"3"}}')).toBe('configmap/cfg patched\n0')
    expect(run('patch cm cfg -p {"data":{"b":"3"}}')).toBe('configmap/cfg patched (no change)\n0')
    expect(run('label cm cfg x=y')).toBe('configmap/cfg labeled\n0')
    expect(run('label cm cfg x=z')).toBe("error: 'x' already has a value (y), and --overwrite is false\n1")
    expect(run('annotate cm cfg note=hello')).toBe('configmap/cfg annotated\n0')
    expect(run('get cm cfg -o jsonpath={.data}')).toBe('{"a":"2","b":"3"}0')
    expect(m.run(['get', 'cm', 'cfg', '-o', 'go-template={{range $k, $v := .data}}{{$k}}={{$v}};{{end}}']).stdout).toBe('a=2;b=3;')
    expect(run('describe cm cfg')).toBe(
      'Name:         cfg\nNamespace:    default\nLabels:       x=y\nAnnotations:  note: hello\n\nData\n====\na:\n----\n2\n\nb:\n----\n3\n\n\nBinaryData\n====\n\nEvents:  <none>\n0',
    )
    expect(run('wait --for=jsonpath={.data.a}=2 cm/cfg')).toBe('configmap/cfg condition met\n0')
    expect(run('delete cm cfg')).toBe('configmap "cfg" deleted from default namespace\n0')
    expect(run('describe cm cfg')).toBe('Error from server (NotFound): configmaps "cfg" not found\n1')
  })

  it('create --raw sends a file as it is and prints the answer as it comes', () => {
    const m = new TestMachine()
    const path = '/api/v1/namespaces/default/configmaps'
    const raw = (...more: string[]) => m.run(['create', '--raw', path, ...more], { files: { 'cfg.json': '{"metadata":{"name":"raw"}}' } })
    const { stdout } = raw('-f', 'cfg.json')
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'raw', namespace: 'default' } })
    expect(raw('-f', 'cfg.json').stderr).toBe('Error from server (AlreadyExists): configmaps "raw" already exists\n')
    expect(raw().stderr).toBe('error: --raw can only use a single local file or stdin\n')
    expect(raw('-f', 'cfg.json', '-o', 'name').stderr).toBe('error: --raw and --output are mutually exclusive\n')
  })

  it("refuses in kubectl's words", () => {
    const m = new TestMachine()
    const table: readonly (readonly [string, string])[] = [
      ['nope', 'error: unknown command "nope" for "kubectl"\n\nDid you mean this?\n\ttop\n'],
      ['get nopes', 'error: the server doesn\'t have a resource type "nopes"\n'],
      ['get pods --bad', "error: unknown flag: --bad\nSee 'kubectl get --help' for usage.\n"],
      [
        'taint nodes n a=b:Nope',
        "error: invalid taint effect: Nope, unsupported taint effect\nSee 'kubectl taint -h' for help and examples\n",
      ],
      [
        'get pods --field-selector=nope=1',
        'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "nope=1": field label not supported: nope\n',
      ],
      ['proxy --www=.', 'podlab: kubectl proxy --www is not modelled\n'],
      ['get pods --match-server-version', 'podlab: kubectl get --match-server-version is not modelled\n'],
      [
        'get pods --certificate-authority=/nope.crt',
        'Error in configuration: unable to read certificate-authority /nope.crt for kind-kind due to open /nope.crt: no such file or directory\n',
      ],
    ]
    for (const [line, stderr] of table) expect(m.run(line.split(' '))).toEqual({ stdout: '', stderr, exit: 1 })
  })

  it("generates objects in the order of Go's fields", () => {
    const { stdout } = new TestMachine().run([
      'create',
      'configmap',
      'c7',
      '--from-literal=a=1',
      '--append-hash',
      '--dry-run=client',
      '-o',
      'kyaml',
    ])
    expect(stdout).toBe(
      '---\n{\n  kind: "ConfigMap",\n  apiVersion: "v1",\n  metadata: {\n    name: "c7-kc2g5f42dt",\n  },\n  data: {\n    a: "1",\n  },\n}\n',
    )
  })
})
