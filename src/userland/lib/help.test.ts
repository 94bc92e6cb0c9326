import { expect, test } from 'vitest'
import { optionTexts } from '../option-texts/index.ts'
import { definitionOf, names } from '../programs.ts'
import { helpText, optionList } from './help.ts'

const definition = { usage: 'FILE...', short: 'aw:q', long: 'all:a width=:w color=? quiet:q silent:q' }

test('an option a line, lines that are too long go on below, the rest as a list', () => {
  const texts = {
    hidden: '',
    described: new Map([
      ['a', { arg: 'ARG', text: 'show everything' }],
      ['w', { arg: 'COLS', text: 'use as many columns as this says, which is a long story to tell' }],
      ['color', { arg: 'WHEN', text: 'paint' }],
    ]),
  }
  expect(helpText('x', definition, texts)).toBe(`Usage: x FILE...

  -a, --all                  show everything
  -w, --width=COLS           use as many columns as this says, which is a long
                               story to tell
      --color[=WHEN]         paint
      --help                 display this help and exit
      --version              output version information and exit

Also modelled: -q, --quiet, --silent.
`)
})

test('without texts, the names', () => {
  expect(helpText('x', definition)).toContain(
    '\nOptions that are modelled: -a, --all, -w, --width=ARG, -q, --quiet, --silent,\n--color[=ARG].\n',
  )
})

test('every description belongs to an option of its program', () => {
  const strays = names().flatMap((full) => {
    const name = full.slice(full.lastIndexOf('/') + 1)
    const spec = definitionOf(name)
    const texts = optionTexts(name)
    if (spec === undefined || texts === undefined) return []
    const shown = optionList(spec, texts).rows.length
    return shown === texts.described.size ? [] : [`${name}: ${texts.described.size - shown}`]
  })
  expect(strays).toEqual([])
})
