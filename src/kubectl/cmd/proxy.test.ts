import { expect, test } from 'vitest'
import { accepts, type Filter } from './proxy.ts'

const filter: Filter = {
  acceptHosts: [/^localhost$/, /^127\.0\.0\.1$/, /^\[::1\]$/],
  acceptPaths: [/^.*/],
  rejectMethods: [/^$/],
  rejectPaths: [/^\/api\/.*\/pods\/.*\/exec/, /^\/api\/.*\/pods\/.*\/attach/],
}

test.each([
  ['a list', 'GET', '/api/v1/pods', 'localhost', true],
  ['another name for this machine', 'GET', '/api/v1/pods', 'example.com', false],
  ['a command in a Pod', 'POST', '/api/v1/namespaces/default/pods/web/exec', 'localhost', false],
  ['a port of a Pod', 'POST', '/api/v1/namespaces/default/pods/web/portforward', '127.0.0.1', true],
])('the default filter: %s', (_, method, path, host, passes) => {
  expect(accepts(filter, method, path, host)).toBe(passes)
})
