import { z } from 'zod';
import { env } from '../../runtime/contract/env.ts';
import { errorMessage } from '../../runtime/contract/error-message.ts';
import { hostNameOf, type GuestService } from '../parts/guest-service.ts';
import { httpGet, statusAt } from '../parts/http-get.ts';
import type { RunningProxy } from '../parts/running-proxy.ts';
import type { Stage } from '../stage.ts';
import { until } from '../until.ts';

const unknownRequests = 5;

const routesSchema = z.object({ routes: z.array(z.object({ service: z.string() })) });

/** Checks that a host which nobody registered is answered with 421, and counted. */
export async function checkUnknownHost({ proxy, recorder }: Stage): Promise<void> {
  const before = await unknownHosts(proxy);
  const statuses: number[] = [];
  for (let sent = 0; sent < unknownRequests; sent += 1) {
    statuses.push(await statusAt(proxy.port, hostNameOf('nobody')));
  }
  recorder.check('answers for a host that nobody registered', {
    expected: Array(unknownRequests).fill(421).join(', '),
    actual: statuses.join(', '),
  });
  const counted = async () => (await unknownHosts(proxy)) - before;
  await until('the count of unknown hosts', async () => (await counted()) >= unknownRequests);
  recorder.check('counted requests for an unknown host', {
    expected: unknownRequests,
    actual: await counted(),
  });
}

/** Checks that a service which claims another one's host is refused by the name of that service. */
export async function checkClaims({ perch, recorder }: Stage, holder: GuestService): Promise<void> {
  const route = { service: 'copycat', hosts: [holder.hostName], tls: 'none' };
  const expected = `${holder.hostName} belongs to service ${holder.service}`;
  const actual = await refusalOf(perch.give(route, 'route', 'set'));
  recorder.check('a second claim of a host', { expected, actual, ok: actual.includes(expected) });
}

/** Checks that a guest's Redis user cannot read what belongs to the rehearsal's own service. */
export async function checkRedisUser(
  { recorder, service }: Stage,
  guest: GuestService,
): Promise<void> {
  const own = await refusalOf(guest.memberPerch.run('weight'));
  recorder.check(`the release of ${guest.service}, read by its own Redis user`, {
    expected: 'read',
    actual: own === '' ? 'read' : own,
  });
  const actual = await refusalOf(guest.memberPerch.with({ [env.service]: service }).run('weight'));
  recorder.check(`the release of ${service}, read by the Redis user of ${guest.service}`, {
    expected: 'refused',
    actual,
    ok: actual.includes('not with this key'),
  });
}

/** Checks that nothing is left of guests that have gone. */
export async function checkLastRoute(
  { proxy, perch, recorder, service }: Stage,
  gone: GuestService,
) {
  const { routes } = routesSchema.parse(await perch.run('route', 'list'));
  recorder.check('services with a route at the end', {
    expected: service,
    actual: routes.map((route) => route.service).join(', '),
  });
  recorder.check(`answer for the host of ${gone.service} at the end`, {
    expected: 421,
    actual: await statusAt(proxy.port, gone.hostName),
  });
  const actual = await refusalOf(gone.memberPerch.run('weight'));
  recorder.check(`the Redis user of ${gone.service} at the end`, {
    expected: 'refused',
    actual,
    ok: actual.includes('refused the user or password'),
  });
}

/** Requests that the proxy counted as ones for an unknown host. */
async function unknownHosts({ adminUrl }: RunningProxy): Promise<number> {
  const metrics = (await httpGet(`${adminUrl}/metrics`))?.body ?? '';
  const counts = metrics.matchAll(/^perch_proxy_refusals_total{cause="host-unknown".* (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Message with which a command was refused; empty if it succeeded. */
async function refusalOf(command: Promise<unknown>): Promise<string> {
  try {
    await command;
    return '';
  } catch (error) {
    return errorMessage(error).replace(/^.* failed: perch: /, '');
  }
}
