import { expect, it } from 'vitest'
import { parseFormat } from './ps-options.ts'

it.each([
  ['user:20,pid', [{ name: 'user', width: 20 }, { name: 'pid' }]],
  ['pid,comm:9=WHO IS IT', [{ name: 'pid' }, { name: 'comm', header: 'WHO IS IT', width: 9 }]],
])('ps -o %s', (text, wanted) => {
  expect(parseFormat(text)).toEqual(wanted)
})
