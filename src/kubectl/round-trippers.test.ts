import { expect, test } from 'vitest'
import { TestMachine } from './test-machine.ts'

/** What is logged of the command's own request, without times, process numbers and discovery. */
function logged(level: number, line: string): string {
  const text = new TestMachine().run([...line.split(' '), `-v=${level}`]).stderr.replace(/^I\d{4} \S+ +\d+ /gm, '@')
  return text
    .split(/^@/m)
    .filter((entry) => !/envvar|loader|discovery|\/apis?\?/.test(entry))
    .join('')
}

// Forms recorded: kubectl 1.36.3 against `podlab serve` (get of what is missing); not its addresses, times and the server's headers.
test('-v=6 is one line a request', () => {
  expect(logged(6, 'get configmap nope')).toMatch(
    /^round_trippers\.go:632\] "Response" verb="GET" url="\S+\/api\/v1\/namespaces\/default\/configmaps\/nope" status="404 Not Found" milliseconds=0\nError/,
  )
})

test('-v=8 shows headers and the start of the bodies', () => {
  const [asked = '', request = '', response = ''] = logged(8, 'get pod nope').split(/\n(?=round_trippers)/)
  expect(asked).toBe('helper.go:105] "Request Body" body=""')
  expect(request).toMatch(/^round_trippers\.go:527\] "Request" verb="GET" url="\S+\/pods\/nope" headers=<\n\tAccept: \S+as=Table;/)
  expect(response).toMatch(/^\S+ "Response" status="404 Not Found" headers=<\n\tContent-Type: application\/json\n > milliseconds=0\n/)
  expect(response).toContain('\nhelper.go:105] "Response Body" body=<\n\t{"kind":"Status","apiVersion":"v1"')
})

test('a token is masked', () => {
  expect(logged(8, 'get pod nope')).not.toMatch(/Authorization: Bearer [^<\n]/)
})
