import { isIP } from 'node:net';
import { unbracketed } from '../../contract/host-port.ts';
import { hostNameOf } from '../../contract/host-name.ts';
import type { RequestHead } from '../http/message/request-head.ts';

/**
 * Returns the Host that a load balancer's health check is forwarded with: it names the proxy by its
 * address, which an application with allowed hosts refuses. Undefined: the request keeps its own.
 * @param healthHost Host that the service wants; undefined: none.
 */
export function healthCheckHost(
  { target, host }: Pick<RequestHead, 'target' | 'host'>,
  healthHost: string | undefined,
  healthPath: () => string,
): string | undefined {
  if (healthHost === undefined || target !== healthPath()) return undefined;
  return host === undefined || isIP(unbracketed(hostNameOf(host))) > 0 ? healthHost : undefined;
}
