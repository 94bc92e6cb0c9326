import { expect, test } from 'vitest'
import { locate, parseServers } from './nginx-config.ts'

const CONF = `server {
  listen 80;
  server_name localhost; # a comment
  location / { root /usr/share/nginx/html; }
  location /api/ {
    proxy_pass http://api:8080/;
  }
  location = /ping { return 200 "pong; yes\\n"; }
}
`

test.each([
  ['/', { path: '/', root: '/usr/share/nginx/html' }],
  ['/api', { path: '/' }],
  ['/api/x', { path: '/api/', proxy: { host: 'api', port: 8080, uri: '/', file: 'a.conf', line: 6 } }],
  ['/ping', { path: '/ping', exact: true, answer: { status: 200, text: 'pong; yes\\n' } }],
  ['/ping/', { path: '/' }],
])('%s is answered by the location it belongs to', (path, wanted) => {
  const [server] = parseServers(CONF, 'a.conf')
  expect(server?.ports).toEqual([80])
  expect(server && locate(server, path)).toMatchObject(wanted)
})

test.each([
  ['server {\n  listen 80\n}\n', 'directive "listen" is not terminated by ";" in a.conf:3'],
  ['server {\n  listn 80;\n}\n', 'unknown directive "listn" in a.conf:2'],
  ['server {\n', 'unexpected end of file, expecting "}" in a.conf:1'],
  ['listen 80;\n', '"listen" directive is not allowed here in a.conf:1'],
  ['server {\n  rewrite ^ /x;\n}\n', 'podlab: the directive "rewrite" is not modelled in a.conf:2'],
])('%j is refused', (text, message) => {
  expect(() => parseServers(text, 'a.conf')).toThrow(message)
})
