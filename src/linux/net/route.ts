import { Errno } from '../errno.ts'
import { type Cidr, formatCidr, formatIp4, type Ip4, inCidr } from './address.ts'
import type { RouteInfo } from './admin.ts'
import type { NetDevice } from './device.ts'

/** A line of a routing table: struct fib_info with its prefix. */
export interface Route {
  readonly dst: Cidr
  readonly type: NonNullable<RouteInfo['type']>
  readonly table: string
  readonly dev: NetDevice | undefined
  readonly gateway: Ip4 | undefined
  readonly src: Ip4 | undefined
  readonly scope: NonNullable<RouteInfo['scope']>
  readonly proto: NonNullable<RouteInfo['proto']>
  readonly metric: number
  readonly onlink: boolean
}

/** A rule of the routing policy: `ip rule`. */
export interface Rule {
  readonly priority: number
  readonly from: Cidr
  readonly to: Cidr | undefined
  readonly fwmark: number | undefined
  readonly mask: number
  readonly table: string
}

const ANY: Cidr = { network: 0, prefix: 0 }

/** Routing tables and the policy that chooses among them. */
export class Routing {
  readonly #tables = new Map<string, Route[]>()
  rules: Rule[] = [
    { priority: 0, from: ANY, to: undefined, fwmark: undefined, mask: 0, table: 'local' },
    { priority: 32_766, from: ANY, to: undefined, fwmark: undefined, mask: 0, table: 'main' },
    { priority: 32_767, from: ANY, to: undefined, fwmark: undefined, mask: 0, table: 'default' },
  ]

  /** Routes in the kernel's order: by destination, the longer prefix first, then by metric. */
  table(name: string): readonly Route[] {
    return this.#tables.get(name) ?? []
  }

  tables(): string[] {
    return [...this.#tables.keys()]
  }

  /** Fails with EEXIST when a route with the same destination, metric and table is there. */
  add(route: Route, replace: boolean): void {
    let table = this.#tables.get(route.table)
    if (table === undefined) {
      table = []
      this.#tables.set(route.table, table)
    }
    const at = table.findIndex(
      (r) =>
        r.dst.network === route.dst.network &&
        r.dst.prefix === route.dst.prefix &&
        r.metric === route.metric &&
        (route.table !== 'local' || (r.dev === route.dev && r.type === route.type)),
    )
    if (at >= 0) {
      if (!replace) throw new Errno('EEXIST')
      table[at] = route
      return
    }
    let i = 0
    while (i < table.length && order(table[i] as Route, route) <= 0) i++
    table.splice(i, 0, route)
  }

  /** Deletes the first route that `match` accepts; ESRCH when there is none. */
  delete(table: string, match: (route: Route) => boolean): Route {
    const routes = this.#tables.get(table) ?? []
    const at = routes.findIndex(match)
    if (at < 0) throw new Errno('ESRCH')
    return routes.splice(at, 1)[0] as Route
  }

  /** Forgets every route that `match` accepts. */
  purge(match: (route: Route) => boolean): void {
    for (const [name, routes] of this.#tables) {
      this.#tables.set(
        name,
        routes.filter((r) => !match(r)),
      )
    }
  }

  /** The route for a packet; undefined when no table has one. */
  lookup(dst: Ip4, src: Ip4, mark: number, oif?: NetDevice): Route | undefined {
    for (const rule of this.rules) {
      if (rule.from.prefix > 0 && !inCidr(src, rule.from)) continue
      if (rule.to !== undefined && !inCidr(dst, rule.to)) continue
      if (rule.fwmark !== undefined && (mark & rule.mask) >>> 0 !== rule.fwmark) continue
      const route = this.#best(rule.table, dst, oif)
      if (route !== undefined) return route
    }
    return undefined
  }

  #best(table: string, dst: Ip4, oif: NetDevice | undefined): Route | undefined {
    let best: Route | undefined
    for (const route of this.#tables.get(table) ?? []) {
      if (!inCidr(dst, route.dst)) continue
      if (oif !== undefined && route.dev !== undefined && route.dev !== oif && table !== 'local') continue
      if (route.dev !== undefined && !route.dev.up) continue
      if (best === undefined || route.dst.prefix > best.dst.prefix || (route.dst.prefix === best.dst.prefix && route.metric < best.metric))
        best = route
    }
    return best
  }
}

function order(a: Route, b: Route): number {
  return (
    a.dst.network - b.dst.network ||
    (a.dst.prefix === 0 || b.dst.prefix === 0 ? a.dst.prefix - b.dst.prefix : b.dst.prefix - a.dst.prefix) ||
    a.metric - b.metric
  )
}

/** A route as ip(8) is told of it. */
export function routeInfo(route: Route): RouteInfo {
  const { prefix, network } = route.dst
  const unicast = route.type === 'unicast'
  return {
    dst: prefix === 0 ? 'default' : prefix === 32 ? formatIp4(network) : formatCidr(route.dst),
    ...(route.gateway === undefined ? {} : { via: formatIp4(route.gateway) }),
    ...(route.dev === undefined ? {} : { dev: route.dev.name }),
    proto: route.proto,
    scope: route.scope,
    ...(route.src === undefined ? {} : { src: formatIp4(route.src) }),
    ...(route.metric === 0 ? {} : { metric: route.metric }),
    ...(route.onlink ? { onlink: true } : {}),
    ...(unicast ? {} : { type: route.type }),
    table: route.table,
    ...(route.dev !== undefined && unicast && route.dev.up && !route.dev.carrier() ? { linkdown: true } : {}),
  }
}
