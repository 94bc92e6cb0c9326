import { describe, expect, test } from 'vitest'
import { fillTemplate } from './template.ts'

const VALUE = { status: { state: 'SANDBOX_READY', network: { ip: '10.244.1.3' } }, info: { pid: 74 } }

describe('templates of crictl inspect', () => {
  test.each([
    ['{{.info.pid}}', '74'],
    ['{{ .status.state }} at {{.status.network.ip}}', 'SANDBOX_READY at 10.244.1.3'],
    ['{{.info.nothing}}', '<no value>'],
    ['{{range .status}}{{end}}', undefined],
    ['{{.status}}', undefined],
  ])('%s', (template, expected) => {
    expect(fillTemplate(template, VALUE)).toBe(expected)
  })
})
