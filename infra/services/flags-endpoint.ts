/** Address of a service's flags server for its containers. Pure. */
import { createHash } from 'node:crypto';
import { defaultPorts } from '../../runtime/contract/ports.ts';

/** Label of a host name that every client takes (RFC 1123). */
const label = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Host name of the flags server of a service, in the Docker network of each host. A name of a service
 * need not be one of a host: Java's clients refuse underscores. The end is one that no public DNS has.
 */
export function flagsHostName(service: string): string {
  const isHostName = service.split('.').every((part) => label.test(part));
  const digest = createHash('sha256').update(service).digest('hex').slice(0, 16);
  return `${isHostName ? service : `service-${digest}`}.flags.internal`;
}

/** Base URL for OFREP clients. */
export function flagsUrl(service: string): string {
  return `http://${flagsHostName(service)}:${defaultPorts.flags}`;
}
