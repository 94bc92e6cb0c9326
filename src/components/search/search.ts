/** `<pd-search>`: asks the index that Pagefind made of this site. The query stands in the address, so it can be linked and gone back to. */

/** The part of Pagefind's browser API that is used here. */
interface Pagefind {
  options(options: { readonly excerptLength: number }): Promise<void>
  debouncedSearch(query: string): Promise<{ readonly results: readonly { data(): Promise<Found> }[] } | null>
}

interface Found {
  readonly url: string
  readonly meta: { readonly title?: string }
  readonly sub_results: readonly { readonly title: string; readonly url: string; readonly excerpt: string }[]
}

const MOST = 12

class SearchElement extends HTMLElement {
  #asked = ''

  connectedCallback(): void {
    const input = this.querySelector('input')
    if (input === null) return
    input.disabled = false
    input.value = new URLSearchParams(location.search).get('q') ?? ''
    input.addEventListener('input', () => void this.#search(input.value))
    this.querySelector('form')?.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#search(input.value)
    })
    input.focus()
    this.#say('')
    if (input.value !== '') void this.#search(input.value)
  }

  #say(text: string): void {
    const line = this.querySelector('[data-part="says"]')
    if (line !== null) line.textContent = text
  }

  async #search(text: string): Promise<void> {
    const query = text.trim()
    this.#asked = query
    history.replaceState(null, '', query === '' ? location.pathname : `?q=${encodeURIComponent(query)}`)
    if (query === '') {
      this.#say('')
      this.#show([])
      return
    }
    try {
      const pagefind = await this.#index()
      const answer = await pagefind.debouncedSearch(query)
      if (answer === null || this.#asked !== query) return
      const found = await Promise.all(answer.results.slice(0, MOST).map((result) => result.data()))
      if (this.#asked !== query) return
      this.#show(found)
      this.#say(found.length === 0 ? `Nothing in the book about “${query}”.` : `${count(found)} for “${query}”.`)
    } catch {
      this.#say('This copy of the book was built without its search index.')
    }
  }

  #loading: Promise<Pagefind> | undefined

  #index(): Promise<Pagefind> {
    this.#loading ??= (import(/* @vite-ignore */ this.dataset.index ?? '') as Promise<Pagefind>).then(async (pagefind) => {
      await pagefind.options({ excerptLength: 24 })
      return pagefind
    })
    return this.#loading
  }

  #show(found: readonly Found[]): void {
    const list = this.querySelector('[data-part="found"]')
    list?.replaceChildren(...found.map(item))
  }
}

const count = (found: readonly Found[]): string => {
  const places = found.reduce((sum, { sub_results }) => sum + sub_results.length, 0)
  return places === 1 ? 'One place' : `${places} places`
}

/** A page with its places. */
function item({ url, meta, sub_results }: Found): HTMLElement {
  const places = document.createElement('ul')
  places.append(
    ...sub_results.map((place) => {
      const line = document.createElement('li')
      const excerpt = document.createElement('p')
      excerpt.append(...marked(place.excerpt))
      line.append(link(place.url, place.title), excerpt)
      return line
    }),
  )
  const entry = document.createElement('li')
  const title = document.createElement('h2')
  title.append(link(url, (meta.title ?? url).replace(/ · Podlab$/, '')))
  entry.append(title, places)
  return entry
}

function link(url: string, text: string): HTMLAnchorElement {
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.textContent = text
  return anchor
}

/** An excerpt is text with entities and `<mark>`; nothing else of it becomes an element. */
function marked(excerpt: string): readonly (string | HTMLElement)[] {
  const parsed = new DOMParser().parseFromString(excerpt, 'text/html').body
  return [...parsed.childNodes].map((node) => {
    if (node.nodeName !== 'MARK') return node.textContent ?? ''
    const mark = document.createElement('mark')
    mark.textContent = node.textContent
    return mark
  })
}

customElements.define('pd-search', SearchElement)
