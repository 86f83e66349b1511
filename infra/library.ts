/** The package for Pulumi programs: `import * as perch from 'perch'`. docs/library.md describes it. */
import './library/check-node.ts';

export { fromConfig } from './library/from-config.ts';
export { Prod, type ProdArgs } from './library/prod.ts';
export { Canary, type CanaryArgs } from './library/canary.ts';
export type { StackArgs } from './library/stack-args.ts';
export type { HostAddresses, StackApp, StackOutputs } from './library/stack-component.ts';
export { AppPart as App, type AppPartArgs as AppArgs } from './library/parts/app-part.ts';
export { HostPart as Host, type HostPartArgs as HostArgs } from './library/parts/host-part.ts';
export {
  MonitorPart as Monitor,
  type MonitorPartArgs as MonitorArgs,
} from './library/parts/monitor-part.ts';
export { ProxyPart as Proxy, type ProxyPartArgs as ProxyArgs } from './library/parts/proxy-part.ts';
export { RedisPart as Redis, type RedisPartArgs as RedisArgs } from './library/parts/redis-part.ts';
export { RuntimeImage, type RuntimeImageArgs } from './library/parts/runtime-image.ts';
