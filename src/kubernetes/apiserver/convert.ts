/** Between the stored version of a kind and the version a client speaks. */
import type { Obj } from '#kubernetes/api/json.ts'
import { apiVersionOf, type Endpoint } from './context.ts'

/** A stored object as the endpoint's version shows it. */
export function convertOut(endpoint: Endpoint, object: Obj): Obj {
  const { served, kind } = endpoint
  if (served.fromStorage !== undefined)
    return {
      kind: kind.kind,
      apiVersion: apiVersionOf(served),
      ...omitType(served.fromStorage(object)),
    }
  const apiVersion = apiVersionOf(served)
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}

/** An object of the endpoint's version as it is stored. */
export function convertIn(endpoint: Endpoint, object: Obj): Obj {
  const { served, kind } = endpoint
  const apiVersion = apiVersionOf(kind.served[0])
  if (served.toStorage !== undefined)
    return {
      kind: kind.kind,
      apiVersion,
      ...omitType(served.toStorage(object)),
    }
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
}

function omitType(object: Obj): Obj {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object
  return rest
}
