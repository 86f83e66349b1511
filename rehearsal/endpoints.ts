import { defaultPorts } from '../runtime/contract/ports.ts';
import { PerchError } from '../runtime/contract/perch-error.ts';
import { freePort, isFree, loopback, memberAddress } from './loopback.ts';
import { tlsHost } from './parts/certificate-authority.ts';
import type { Link } from './board/snapshot.ts';
import type { PageLink } from './page-link.ts';

/** Ports and addresses of all parts. */
export interface Endpoints {
  readonly proxyPort: number;
  /** Port of https, which is used with `--tls` alone. */
  readonly tlsPort: number;
  readonly adminPort: number;
  /** Port of the monitor's metrics. */
  readonly monitorMetricsPort: number;
  readonly consolePort: number;
  /** Port to read emails on. */
  readonly mailboxPort: number;
  /** Port of the emulated SES. */
  readonly sesPort: number;
  readonly memberAddress: string;
}

const tlsPort = 8_443;

/**
 * Chooses all ports before anything starts. With the proxy's default port, the console and the
 * metrics get their default ports if those are free. With another port, all of them get any free
 * port, so that several rehearsals can run side by side.
 * @throws PerchError `port_in_use` if the proxy's port is taken.
 */
export async function chooseEndpoints(proxyPort: number): Promise<Endpoints> {
  if (!(await isFree(proxyPort))) {
    throw new PerchError(
      'port_in_use',
      `--port must be a free port of ${loopback}, got ${proxyPort}, which is in use or not allowed`,
    );
  }
  const isDefault = proxyPort === defaultPorts.proxy;
  return {
    proxyPort,
    tlsPort: await freePort(isDefault ? tlsPort : undefined),
    adminPort: await freePort(isDefault ? defaultPorts.proxyAdmin : undefined),
    monitorMetricsPort: await freePort(isDefault ? defaultPorts.monitorMetrics : undefined),
    consolePort: await freePort(isDefault ? defaultPorts.console : undefined),
    mailboxPort: await freePort(),
    sesPort: await freePort(),
    memberAddress: await memberAddress(),
  };
}

/** Links from one of the pages for people to the others. */
export function linksFrom(
  page: 'console' | 'page' | 'mailbox',
  endpoints: Endpoints,
  parts: LinkedParts,
): PageLink[] {
  const names: Readonly<Record<string, string>> = {
    console: 'Console',
    page: 'Demo page',
    mailbox: 'Mailbox',
  };
  return linksOf(endpoints, parts).flatMap(({ name, url }) => {
    const shown = names[name];
    return shown === undefined || name === page ? [] : [{ name: shown, url }];
  });
}

interface LinkedParts {
  readonly hasMonitor: boolean;
  /** True if the proxy may serve the page by its host name alone. */
  readonly hasHostName?: boolean;
  readonly tls: boolean;
}

/** Links for people, the most useful first. */
export function linksOf(
  { proxyPort, tlsPort, adminPort, consolePort, mailboxPort }: Endpoints,
  { hasMonitor, hasHostName = false, tls }: LinkedParts,
): Link[] {
  return [
    { name: 'console', url: `http://${loopback}:${consolePort}/` },
    { name: 'page', url: `http://${hasHostName ? tlsHost : loopback}:${proxyPort}/` },
    ...(tls ? [{ name: 'https', url: `https://${tlsHost}:${tlsPort}/` }] : []),
    ...(hasMonitor ? [{ name: 'mailbox', url: `http://${loopback}:${mailboxPort}/` }] : []),
    { name: 'metrics', url: `http://${loopback}:${adminPort}/metrics` },
  ];
}
