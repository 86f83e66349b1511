import { tlsHost } from '../parts/certificate-authority.ts';
import type { GuestService, GuestPlan } from '../parts/guest-service.ts';
import { endWithNoneFailed, type Stage } from '../stage.ts';
import { until } from '../until.ts';
import { CanaryAnswers, checkTimes } from './canary-answers.ts';
import { checkCause, ejections, untilEjected, untilSettled } from './judging.ts';
import { checkClaims, checkLastRoute, checkRedisUser, checkUnknownHost } from './route-checks.ts';
import { checkTeams, checkUnchanged, stateOf, switchFlag } from './service-checks.ts';
import { untilEmail } from './incidents.ts';
import type { Scenario } from './scenario.ts';

const errorPercent = 25;
const guestTraffic = 50;
const leastAnswers = 100;
/** Cause of the failures that a canary is told to produce. */
const canaryFailure = 'status 500';

const blogPlan: GuestPlan = {
  name: 'blog',
  members: [
    { id: 'blog-1', track: 'stable', version: '5.0.0' },
    { id: 'blog-canary', track: 'canary', version: '5.1.0' },
  ],
  weight: 50,
};
/** Its people want to know of a member that needs as little memory as any does. */
const wikiPlan: GuestPlan = {
  name: 'wiki',
  members: [{ id: 'wiki-1', track: 'stable', version: '8.0.0' }],
  memberMemoryMb: 20,
};

/** Services join and leave, and nothing that happens to one changes another. */
export const manyServices: Scenario = {
  name: 'many-services',
  description: 'two services join and leave, the canary of one fails: no other one changes',
  traffic: 100,
  hasMonitor: true,
  hasHostName: true,
  async play(stage) {
    await untilSettled(stage);
    const blog = await join(stage, blogPlan);
    const wiki = await join(stage, wikiPlan);
    await registerOwnRoute(stage);
    await checkUnknownHost(stage);
    await checkClaims(stage, blog);
    await checkRedisUser(stage, blog);
    await switchFlag(stage, blog, [stage, wiki]);
    await untilEmail(stage, `the memory of ${wiki.service}`, /wiki-1/);
    await failCanary(stage, blog, [stage, wiki]);
    await checkTeams(stage, blog, wiki);
    await leave(stage, wiki, []);
    await leave(stage, blog, [canaryFailure]);
    await checkLastRoute(stage, blog);
    await endWithNoneFailed(stage);
  },
};

async function join({ guests, recorder }: Stage, plan: GuestPlan): Promise<GuestService> {
  const guest = await guests.join(plan);
  recorder.note(`${guest.service} joins at ${guest.hostName}`);
  guest.traffic.setRate(guestTraffic);
  const { counts } = guest.traffic;
  await until(`answers of ${guest.service}`, () => counts.total >= leastAnswers);
  return guest;
}

/** From now on the rehearsal's service has only its own host; before, it had all that was left. */
async function registerOwnRoute({ perch, recorder, service, options }: Stage): Promise<void> {
  const route = { service, hosts: [tlsHost], tls: options.tls ? 'acme' : 'none' };
  await perch.give(route, 'route', 'set');
  recorder.note(`${service} registers ${tlsHost}`);
}

async function failCanary(
  stage: Stage,
  guest: GuestService,
  others: readonly Pick<GuestService, 'service' | 'reader'>[],
): Promise<void> {
  const { reader, fleet, traffic, service } = guest;
  const before = await Promise.all(others.map(stateOf));
  const own: Stage = { ...stage, reader, fleet, traffic };
  const canaryAnswers = new CanaryAnswers(own);
  await fleet.setFaults(fleet.canary, { 'error-share': errorPercent });
  stage.recorder.note(`the canary of ${service} fails ${errorPercent}% of its requests`);
  const ejection = await untilEjected(own);
  const { counts } = traffic;
  const seen = counts.total;
  await until('answers after the ejection', () => counts.total >= seen + leastAnswers);
  checkTimes(own, canaryAnswers, ejection);
  checkCause(own, ejection, ['errors']);
  stage.recorder.check(`ejections of ${service}`, {
    expected: 1,
    actual: (await ejections(own)).length,
  });
  const { flags } = await reader.read();
  stage.recorder.check(`flag new_feature of ${service}`, {
    expected: 'disabled',
    actual: flags.get('new_feature') ?? 'absent',
  });
  for (const [index, other] of others.entries()) {
    await checkUnchanged(stage, other, before[index]);
  }
}

async function leave(
  { recorder }: Stage,
  guest: GuestService,
  expectedFailures: readonly string[],
): Promise<void> {
  await guest.leave();
  recorder.note(`${guest.service} has left`);
  const { total, failures } = guest.traffic.counts;
  const others = [...failures].filter(([cause]) => !expectedFailures.includes(cause));
  const except = expectedFailures.length === 0 ? '' : ' other than those of its canary';
  const causes = others.map(([cause, times]) => `${times} ${cause}`).join(', ');
  recorder.check(`failed requests of ${guest.service}${except}`, {
    expected: 0,
    actual: causes === '' ? 0 : `${causes} of ${total}`,
  });
  recorder.note(`${guest.service} had ${total} requests`);
}
