import { expect, test } from 'vitest'
import { bash, boot } from '../book/world.ts'

test('a hundred Pods at once all become Ready', () => {
  const world = boot('kind', 1)
  const output = bash(
    world,
    'laptop',
    'kubectl create deployment crowd --image=nginx:1.27 --replicas=100; kubectl rollout status deployment/crowd --timeout=120s | tail -1',
  )
  expect(output).toBe('deployment.apps/crowd created\ndeployment "crowd" successfully rolled out\n')
})
