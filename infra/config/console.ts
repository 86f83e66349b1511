/** The console that a stack shows under a host name of its own. Pure. */
import { httpsPort as usualHttpsPort } from '../../runtime/contract/edge.ts';
import { hostNames, httpsPortOf, type EdgeValues } from './edge.ts';
import type { Values } from './schema.ts';

/** Address at which the console shows one of its services. */
export function consolePage(origin: string, service: string): string {
  return `${origin}/?service=${service}`;
}

type ConsoleValues = EdgeValues & Pick<Values, 'consoleHost' | 'httpsPort'>;

/** Address of the console for browsers, without a path. Undefined: the stack shows none. */
export function consoleOrigin(values: ConsoleValues): string | undefined {
  const { consoleHost } = values;
  if (consoleHost === undefined) return undefined;
  const port = httpsPortOf(values) ?? usualHttpsPort;
  return `https://${consoleHost}${port === usualHttpsPort ? '' : `:${port}`}`;
}

/** Every host name whose requests come to the stack: those of its service and of its console. */
export function servedHosts(values: EdgeValues & Pick<Values, 'consoleHost'>): string[] {
  const { consoleHost } = values;
  return [...hostNames(values), ...(consoleHost === undefined ? [] : [consoleHost])];
}
