/**
 * Shiki transformer: a ```console fence becomes a `<pd-listing>` whose commands and output are marked as such. Without script
 * it reads as a transcript; `listing.ts` adds the Run and Copy buttons.
 */
import type { Element, ElementContent, Root } from 'hast'
import type { ShikiTransformer } from 'shiki'
import { parseMeta, parseTranscript } from '../../book/transcript.ts'

const text = (value: string): ElementContent => ({ type: 'text', value })
const element = (tagName: string, properties: Element['properties'], children: ElementContent[]): Element => ({
  type: 'element',
  tagName,
  properties,
  children,
})

export function consoleListings(): ShikiTransformer {
  return {
    name: 'podlab-console',
    root(root: Root) {
      if (this.options.lang !== 'console') return
      const options = parseMeta(metaOf(this.options.meta))
      const source = this.source.replace(/\n$/, '')
      const lines = source.split('\n')
      const code: ElementContent[] = []
      for (const exchange of parseTranscript(source)) {
        const typed = lines.slice(exchange.line, exchange.line + exchange.lines)
        const prompted = typed.flatMap((line, index) => [
          element('span', { class: 'prompt' }, [text(line.slice(0, 2))]),
          text(line.slice(2) + (index < typed.length - 1 ? '\n' : '')),
        ])
        code.push(element('span', { class: 'command', 'data-command': exchange.command }, [element('span', { class: 'typed' }, prompted)]))
        if (exchange.output !== '')
          code.push(element('span', { class: 'output', tabindex: '0' }, [text(exchange.output.replace(/\n$/, ''))]))
      }
      const pre = element('pre', { class: 'console' }, [element('code', {}, code)])
      const attributes = options.run ? { 'data-on': options.on, 'data-run': '' } : { 'data-on': options.on }
      root.children = [element('pd-listing', { class: 'listing', ...attributes }, [pre])]
    },
  }
}

function metaOf(meta: unknown): string {
  if (typeof meta !== 'object' || meta === null || !('__raw' in meta)) return ''
  return typeof meta.__raw === 'string' ? meta.__raw : ''
}
