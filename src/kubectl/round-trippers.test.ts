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

// recorded: kubectl 1.36.3, but for the address, the commit and the server's headers
test('-v=6 is one line a request', () => {
  expect(logged(6, 'get configmap nope')).toMatch(
    /^round_trippers\.go:632\] "Response" verb="GET" url="\S+\/api\/v1\/namespaces\/default\/configmaps\/nope" status="404 Not Found" milliseconds=0\nError/,
  )
})

test('-v=8 shows headers and the start of the bodies', () => {
  const text = logged(8, 'create configmap x --from-literal=a=b')
  const [asked = '', request = '', response = ''] = text.split(/\n(?=round_trippers)/)
  expect(asked).toMatch(/^helper\.go:246\] "Request Body" body=/)
  expect(request).toMatch(/^round_trippers\.go:527\] "Request" verb="POST" url="\S+" headers=<\n\tAccept: /)
  expect(response).toMatch(/^\S+ "Response" status="201 Created" headers=<\n\tContent-Type: application\/json\n > milliseconds=0\n/)
  expect(text).toContain('helper.go:246] "Response Body" body=<\n\t{"kind":"ConfigMap"')
  expect(logged(8, 'get configmaps -A -o json')).not.toContain('Authorization: Bearer e')
})
