/** Validation of CustomResourceDefinitions. Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation. */
import { type FieldError, invalid, notSupported, required } from '#kubernetes/api/field.ts'
import { isObj, type Obj, obj, objs, str } from '#kubernetes/api/json.ts'
import { isDns1035Label, isDns1123Subdomain } from '#kubernetes/api/names.ts'

export function validateDefinition(o: Obj): FieldError[] {
  const spec = obj(o, 'spec')
  const out: FieldError[] = []
  const group = str(spec, 'group')
  const plural = str(spec, 'names', 'plural')
  const wanted = `${plural}.${group}`
  if (str(o, 'metadata', 'name') !== wanted)
    out.push(invalid('metadata.name', str(o, 'metadata', 'name'), `must be spec.names.plural+"."+spec.group`))
  if (group === '') out.push(required('spec.group'))
  else if (!group.includes('.')) out.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
  else for (const m of isDns1123Subdomain(group)) out.push(invalid('spec.group', group, m))
  const scope = str(spec, 'scope')
  if (scope === '') out.push(required('spec.scope'))
  else if (scope !== 'Cluster' && scope !== 'Namespaced') out.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']))
  const versions = objs(spec, 'versions')
  if (versions.length === 0) out.push(required('spec.versions', 'must have exactly one version marked as storage version'))
  const storing = versions.filter((v) => v.storage === true).length
  if (versions.length > 0 && storing !== 1)
    out.push(invalid('spec.versions', { raw: JSON.stringify(versions) }, 'must have exactly one version marked as storage version'))
  for (const [i, v] of versions.entries()) {
    for (const m of isDns1035Label(str(v, 'name'))) out.push(invalid(`spec.versions[${i}].name`, str(v, 'name'), m))
    const schema = obj(v, 'schema').openAPIV3Schema
    if (!isObj(schema)) out.push(required(`spec.versions[${i}].schema.openAPIV3Schema`))
    else if (str(schema, 'type') !== 'object') {
      const path = `spec.versions[${i}].schema.openAPIV3Schema.type`
      out.push(
        str(schema, 'type') === ''
          ? required(path, 'must not be empty at the root')
          : invalid(path, schema.type, 'must be object at the root'),
      )
    }
  }
  if (plural === '') out.push(required('spec.names.plural'))
  else for (const m of isDns1035Label(plural)) out.push(invalid('spec.names.plural', plural, m))
  if (str(spec, 'names', 'kind') === '') out.push(required('spec.names.kind'))
  return out
}
