/** The load balancer in front of the proxies, while a machine is changed. */
import { setTimeout as delay } from 'node:timers/promises';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { lameDuck } from '../../runtime/contract/lame-duck.ts';
import type { EditableState } from '../recovery/editable-state.ts';
import { onControl, type ControlAddress } from '../shell/control-shell.ts';

const balancerTypes = [
  'aws:lb/loadBalancer:LoadBalancer',
  'digitalocean:index/loadBalancer:LoadBalancer',
];

/**
 * Times in which every cloud's load balancer follows a change, milliseconds. Each checks every 10 s;
 * DigitalOcean's stops using a proxy after three failures and uses it again after five successes,
 * AWS' sooner.
 */
const followedMs = { unhealthy: 40_000, healthy: 60_000 };

const part: Part = 'proxy';
const marker = `/var/lib/perch/${lameDuck.file}`;

export function isBalanced({ deployment: { resources } }: EditableState): boolean {
  return resources.some(({ type }) => balancerTypes.includes(type));
}

/**
 * Lets the proxies of a host, if it has any, leave the load balancer. Proxies of an older image do
 * not know how to; the load balancer stops using them once they are gone.
 */
export async function leaveBalancer(address: ControlAddress, service: string): Promise<void> {
  const proxies = await onControl(address, onProxies(service, `touch ${marker}`));
  if (proxies.trim() !== '') await delay(followedMs.unhealthy);
}

/** True if proxies of a host have left the load balancer and not come back. */
export async function hasLeftBalancer(address: ControlAddress, service: string): Promise<boolean> {
  const marked = await onControl(address, onProxies(service, `sh -c 'ls ${marker} || true'`));
  return marked.includes(marker);
}

/** Waits until the load balancer sends requests to the proxies of a host again, if it has any. */
export async function rejoinBalancer(address: ControlAddress, service: string): Promise<void> {
  const proxies = await onControl(address, onProxies(service, `rm -f ${marker}`));
  if (proxies.trim() !== '') await delay(followedMs.healthy);
}

/** Script that runs another one in each proxy of a host, and prints their ids. */
function onProxies(service: string, script: string): string {
  const filters = [`label=${labels.service}=${service}`, `label=${labels.part}=${part}`];
  const find = `docker ps --quiet ${filters.map((text) => `--filter ${text}`).join(' ')}`;
  return `for proxy in $(${find}); do docker exec "$proxy" ${script} || exit 1; echo "$proxy"; done`;
}
