import { linkOptions, type PageLink } from '../page-link.ts';
import { loopback } from '../loopback.ts';
import { until } from '../until.ts';
import { isUp } from './http-get.ts';
import type { Perch } from './perch-command.ts';

/** Starts the console and waits until it responds. */
export async function startConsole(
  perch: Perch,
  port: number,
  links: readonly PageLink[],
): Promise<void> {
  await perch.start('console', [
    'console',
    '--listen',
    `${loopback}:${port}`,
    ...linkOptions(links),
  ]);
  await until('the console to start', () => isUp(`http://${loopback}:${port}/`));
}
