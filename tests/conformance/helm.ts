/** helm 4 installs, upgrades, rolls back and removes a chart with a CRD, a hook Job and the usual kinds. */
import { fileURLToPath } from 'node:url'
import { realHelm, realKubectl } from './kubectl.ts'
import { type Result, Served, type Tally } from './suite.ts'

const CHART = fileURLToPath(new URL('./chart', import.meta.url))

export async function helmSuite(tally: Tally): Promise<void> {
  const served = await Served.start(10)
  const helm = (...args: string[]): Result => served.run(realHelm(), args)
  const kubectl = (...args: string[]): string => served.run(realKubectl(), args).stdout
  const dishes = (): string => kubectl('get', 'menu', 'demo', '-o', 'jsonpath={.spec.dishes}')
  try {
    tally.checkRun('helm install', helm('install', 'demo', CHART, '--wait', '--timeout', '60s'), (r) =>
      r.stdout.includes('STATUS: deployed'),
    )
    tally.check('the CRD came first', dishes() === '["soup","hello"]', dishes())
    const job = kubectl('get', 'job', 'demo-migrate', '-o', 'jsonpath={.status.succeeded}')
    tally.check('the hook Job ran', job === '1', job)
    tally.checkRun(
      'helm upgrade',
      helm('upgrade', 'demo', CHART, '--set', 'replicas=3,greeting=bye', '--wait', '--timeout', '60s'),
      (r) => r.code === 0 && r.stdout.includes('REVISION: 2'),
    )
    tally.check('the upgrade is there', dishes() === '["soup","bye"]', dishes())
    const ready = kubectl('get', 'deploy', 'demo-web', '-o', 'jsonpath={.status.readyReplicas}')
    tally.check('and was waited for', ready === '3', ready)
    tally.checkRun('helm rollback', helm('rollback', 'demo', '1', '--wait', '--timeout', '60s'), (r) => r.code === 0)
    tally.check('back as it was', dishes() === '["soup","hello"]', dishes())
    tally.checkRun('helm history', helm('history', 'demo'), (r) => r.stdout.includes('Rollback to 1'))
    tally.checkRun('helm uninstall', helm('uninstall', 'demo', '--wait', '--timeout', '60s'), (r) => r.code === 0)
    const left = kubectl('get', 'deploy,svc,cm,secret,ingress,menu', '-o', 'name')
    tally.check('nothing of it is left', !left.includes('demo'), left)
  } finally {
    served.stop()
  }
}
