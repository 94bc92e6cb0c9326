/** What every cluster has from the start. */
import { recordAddresses } from '../registry/service-allocation.ts'
import type { ApiServer } from '../server.ts'
import { ensure } from './ensure.ts'
import { bootstrapObjects } from './objects.ts'

export function bootstrap(server: ApiServer): void {
  for (const object of bootstrapObjects(server)) ensure(server, object)
  const services = server.objects('', 'services')
  server.allocators.adopt(services)
  for (const service of services) recordAddresses(service, server)
}
