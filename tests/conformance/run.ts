/**
 * Clients that nobody here wrote against `podlab serve`: kubectl, helm, @kubernetes/client-node. Prints `N passed, N failed`.
 * `node tests/conformance/run.ts [kubectl | helm | client-node]`.
 */
import { clientNodeSuite } from './client-node.ts'
import { helmSuite } from './helm.ts'
import { kubectlSuite } from './real-kubectl.ts'
import { Tally } from './suite.ts'

const tally = new Tally()
const suites = { kubectl: kubectlSuite, helm: helmSuite, 'client-node': clientNodeSuite }
for (const [name, suite] of Object.entries(suites)) if (process.argv[2] === undefined || process.argv[2] === name) await suite(tally)
console.log(`${tally.passed} passed, ${tally.failed} failed`)
process.exit(tally.failed === 0 ? 0 : 1)
