import absent from './absent.ts'

export { clusterFetch as fetch } from '../fetch.ts'
export { absent as Agent, absent as ProxyAgent }
