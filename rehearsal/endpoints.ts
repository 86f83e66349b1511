import { defaultPorts } from '../runtime/contract/ports.ts';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { freePort, isFree, loopback, memberAddress } from './loopback.ts';
import type { Link } from './board/snapshot.ts';

/** Where everything listens. */
export interface Endpoints {
  readonly proxyPort: number;
  readonly adminPort: number;
  readonly consolePort: number;
  /** Where mails can be read, and where SES seems to be. */
  readonly mailboxPort: number;
  readonly sesPort: number;
  readonly memberAddress: string;
}

/**
 * Settles all ports before anything starts. The usual ones go with the proxy's usual port; whoever
 * gives it another may run several rehearsals at once, and gets any free ones.
 * @throws PerchError `port_in_use` when somebody has the proxy's; the others give way.
 */
export async function chooseEndpoints(proxyPort: number): Promise<Endpoints> {
  if (!(await isFree(proxyPort))) {
    throw new PerchError(
      'port_in_use',
      `--port must be a port of ${loopback} that is free, got ${proxyPort}, which is in use or not allowed`,
    );
  }
  const isUsual = proxyPort === defaultPorts.proxy;
  return {
    proxyPort,
    adminPort: await freePort(isUsual ? defaultPorts.proxyAdmin : 0),
    consolePort: await freePort(isUsual ? defaultPorts.console : 0),
    mailboxPort: await freePort(),
    sesPort: await freePort(),
    memberAddress: await memberAddress(),
  };
}

/** What people may want to open, the most wanted first. */
export function linksOf(
  { proxyPort, adminPort, consolePort, mailboxPort }: Endpoints,
  hasMonitor: boolean,
): Link[] {
  return [
    { name: 'page', url: `http://${loopback}:${proxyPort}/` },
    { name: 'console', url: `http://${loopback}:${consolePort}/` },
    ...(hasMonitor ? [{ name: 'mailbox', url: `http://${loopback}:${mailboxPort}/` }] : []),
    { name: 'metrics', url: `http://${loopback}:${adminPort}/metrics` },
  ];
}
