import { expect, it } from 'vitest'
import { encode } from '#sim/bytes.ts'
import { elf, parseElf } from './elf.ts'

it('reads the header of an executable, and none of a file that is cut off or spoilt', () => {
  const whole = elf({ program: 'coreutils/cat', needed: ['libc.so.6'] })
  expect(parseElf(whole)).toEqual({ program: 'coreutils/cat', needed: ['libc.so.6'] })
  expect(parseElf(whole.subarray(0, 40))).toBeUndefined()
  expect(parseElf(encode('\x7fELF\x02\x01\x01\x00podlab\n{bad\n'))).toBeUndefined()
  expect(parseElf(encode('#!/bin/sh\n'))).toBeUndefined()
})
