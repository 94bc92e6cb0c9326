/** What every cluster has from the start. */
import { recordAddresses } from '../registry/service-allocation.ts'
import type { ApiServer } from '../server.ts'
import { ensure } from './ensure.ts'
import { KUBERNETES_SERVICE_FILLED, kubernetesService } from './kubernetes-service.ts'
import { bootstrapObjects, NAMESPACE_FILLED, SYSTEM_NAMESPACES } from './objects.ts'

export function bootstrap(server: ApiServer): void {
  for (const namespace of SYSTEM_NAMESPACES) ensure(server, namespace, NAMESPACE_FILLED)
  for (const object of bootstrapObjects(server)) ensure(server, object)
  ensure(server, kubernetesService(), KUBERNETES_SERVICE_FILLED)
  const services = server.objects('', 'services')
  server.allocators.adopt(services)
  for (const service of services) recordAddresses(service, server)
}
