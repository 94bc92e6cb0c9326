/** What every page has: the theme switch, marks of progress, and the reader's own record (export, import). */
import { progress } from '../../progress/browser.ts'
import type { Progress } from '../../progress/progress.ts'

const THEMES = ['auto', 'light', 'dark'] as const
const NAMES = { auto: 'as the system', light: 'light', dark: 'dark' }

function theme(): (typeof THEMES)[number] {
  return THEMES.find((name) => name === document.documentElement.dataset.theme) ?? 'auto'
}

function setUpTheme(button: HTMLElement): void {
  const show = (): void => {
    button.setAttribute('aria-label', `Colours: ${NAMES[theme()]}. Change.`)
    button.dataset.now = theme()
  }
  button.hidden = false
  button.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? 'auto'
    document.documentElement.dataset.theme = next
    try {
      localStorage.setItem('podlab:theme', next)
    } catch {
      // Without storage the choice holds for this page.
    }
    show()
  })
  show()
}

/** `data-progress="task:ID question:ID section:ID"` on an element: it gets `data-state` none, some or all, and says how many. */
function mark(element: HTMLElement, { record }: Progress): void {
  const wanted = (element.dataset.progress ?? '').split(' ').filter((word) => word !== '')
  const done = wanted.filter((word) => {
    const [kind, id = ''] = word.split(':')
    if (kind === 'task') return record.tasks[id] !== undefined
    if (kind === 'question') return record.questions[id]?.done !== undefined
    return record.sections[id] !== undefined
  })
  element.style.setProperty('--done', String(wanted.length === 0 ? 0 : done.length / wanted.length))
  element.dataset.state = done.length === 0 ? 'none' : done.length === wanted.length ? 'all' : 'some'
  const label = element.querySelector('[data-count]')
  if (label !== null && wanted.length > 0)
    label.textContent = done.length === 0 ? '' : done.length === wanted.length ? 'done' : `${done.length} of ${wanted.length} done`
}

/** A section is read when its end has been on the screen. */
function watchSections(record: Progress): void {
  const ends = [...document.querySelectorAll<HTMLElement>('[data-section-end]')]
  const observer = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (isIntersecting && target instanceof HTMLElement && target.dataset.sectionEnd !== undefined)
        record.sectionRead(target.dataset.sectionEnd)
    }
  })
  for (const end of ends) observer.observe(end)
}

function setUpRecord(record: Progress): void {
  const say = (text: string): void => {
    const line = document.querySelector('[data-part="record-says"]')
    if (line !== null) line.textContent = text
  }
  document.querySelector('[data-part="export"]')?.addEventListener('click', () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([record.export()], { type: 'application/json' }))
    link.download = 'podlab-progress.json'
    link.click()
    URL.revokeObjectURL(link.href)
  })
  document.querySelector('[data-part="forget"]')?.addEventListener('click', async () => {
    if (!confirm('Forget which tasks, questions and sections you have done, and every lab? A file saved before brings the marks back.'))
      return
    await record.forget()
    say('Forgotten. You begin afresh.')
  })
  const file = document.querySelector('[data-part="import"]')
  file?.addEventListener('change', async () => {
    const chosen = file instanceof HTMLInputElement ? file.files?.[0] : undefined
    if (chosen === undefined) return
    const problem = record.import(await chosen.text())
    say(problem === undefined ? 'Added to your progress.' : `This file can't be added: ${problem}. Nothing was changed.`)
  })
}

function showNotices(record: Progress): void {
  const box = document.querySelector<HTMLElement>('[data-part="notices"]')
  if (box === null || record.notices.length === 0) return
  box.hidden = false
  box.replaceChildren(
    ...record.notices.map((notice) => {
      const line = document.createElement('p')
      line.textContent = notice
      return line
    }),
  )
}

const switcher = document.querySelector<HTMLElement>('[data-part="theme"]')
if (switcher !== null) setUpTheme(switcher)

void progress().then((record) => {
  const show = (): void => {
    for (const element of document.querySelectorAll<HTMLElement>('[data-progress]')) mark(element, record)
  }
  record.addEventListener('change', show)
  record.addEventListener('saved', () => showNotices(record))
  show()
  showNotices(record)
  watchSections(record)
  setUpRecord(record)
})
