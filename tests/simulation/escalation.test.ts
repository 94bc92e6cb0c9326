/** Nobody grants what they don't have. */
import { expect, it } from 'vitest'
import { bash, boot } from '../book/world.ts'

it('refuses roles and bindings that grant more than their writer holds', () => {
  const world = boot('kind', 1)
  const run = (command: string): string => bash(world, 'laptop', command)
  run(`kubectl create clusterrole maker --verb=create,get,update,patch --resource=roles,rolebindings
kubectl create clusterrolebinding maker --clusterrole=maker --user=jane`)
  expect(run('kubectl create role r --verb=get,list --resource=secrets --as jane')).toBe(
    'Error from server (Forbidden): roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["system:authenticated"]) ' +
      'is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}\n',
  )
  expect(run('kubectl create role own --verb=get --resource=roles --as jane')).toContain('own created')
  expect(run('kubectl create rolebinding b --clusterrole=view --user=bob --as jane')).toContain('permissions not currently held')
  expect(run('kubectl create rolebinding b --clusterrole=maker --user=bob --as jane')).toContain('b created')
  run(`kubectl create clusterrole binder --verb=bind --resource=clusterroles --resource-name=view
kubectl create clusterrolebinding binder --clusterrole=binder --user=jane`)
  expect(run('kubectl create rolebinding c --clusterrole=view --user=bob --as jane')).toContain('c created')
})
