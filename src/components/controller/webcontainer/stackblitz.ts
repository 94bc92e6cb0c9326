/** The real thing. Nothing of it is loaded before this is called, and this is called only after the reader has agreed. */
import type { Container } from './container.ts'

export async function bootStackBlitz(): Promise<Container> {
  const { WebContainer } = await import('@webcontainer/api')
  return WebContainer.boot({ coep: 'require-corp', workdirName: 'controller' })
}
