import { expect, test as base } from 'vitest';
import { outageRules } from '../../../runtime/core/alerting/default-rules.ts';
import { WebhookChannel } from '../../../runtime/monitor/notify/webhook/webhook-channel.ts';
import { DirectAlert } from '../../../runtime/monitor/outage/direct-alert.ts';
import { outageDetails } from '../../../runtime/monitor/outage/outage-details.ts';
import { WebhookReceiver } from '../../support/http/webhook-receiver.ts';
import { silentLogger as logger } from '../../support/silent-logger.ts';

const place = { service: 'shop', host: 'host-1', redis: '10.0.0.5:6379' };
const refusal = {
  rule: 'redis-refuses-writes',
  reason: 'Redis cannot save to its disk and refuses writes',
} as const;

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('stage', async ({}, { onCleanup }) => {
  const receiver = await WebhookReceiver.start();
  onCleanup(() => receiver[Symbol.asyncDispose]());
  return new Stage(receiver);
});

/** A direct alert of the last leader, over a real webhook, with a clock of its own. */
class Stage {
  readonly receiver: WebhookReceiver;
  /** True while Redis refuses writes. */
  refuses = false;
  afterMs: number | undefined = 10_000;
  nowMs = 1_000_000_000;
  readonly over: string[] = [];
  readonly #alert: DirectAlert;
  #sinceMs = 0;

  constructor(receiver: WebhookReceiver) {
    this.receiver = receiver;
    const now = () => this.nowMs;
    this.#alert = new DirectAlert({
      service: 'shop',
      host: 'host-1',
      channels: [new WebhookChannel({ url: receiver.url, now })],
      reAlertMs: 900_000,
      alertAfterMs: () => this.afterMs,
      detailsOf: (trouble) => outageDetails(trouble, place),
      onOver: async ({ summary }) => {
        await Promise.resolve();
        this.over.push(summary);
      },
      now,
      logger,
    });
  }

  /** Ticks each second; nothing is in the air afterwards. */
  async run(seconds: number, refuses: boolean): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      if (refuses && !this.refuses) this.#sinceMs = this.nowMs;
      this.refuses = refuses;
      this.#alert.tick(refuses ? { ...refusal, sinceMs: this.#sinceMs } : undefined);
      await this.#alert.settled();
      this.nowMs += 1_000;
    }
  }
}

test('an outage of ten seconds alerts people, with what it means and what to do', async ({
  stage,
}) => {
  await stage.run(10, true);
  expect(stage.receiver.transitions).toEqual([]);
  await stage.run(20, true);
  expect(stage.receiver.transitions).toEqual(['redis-refuses-writes opened']);
  expect(stage.receiver.received[0]?.details).toMatchObject({
    summary: 'Redis refuses writes: Redis cannot save to its disk and refuses writes',
    actions: [expect.stringContaining('last good release'), expect.stringContaining('stand still')],
    nextSteps: expect.arrayContaining([expect.stringContaining('df -h')]),
  });
});

test.each(outageRules)('the outage %s has next steps', (rule) => {
  const { nextSteps } = outageDetails({ ...refusal, rule, sinceMs: 0 }, place);
  expect(nextSteps?.length).toBeGreaterThan(0);
  expect(nextSteps?.join('\n')).not.toMatch(/undefined|\.$/m);
});

test('the first step fits the reason: a disk, or the memory of Redis', () => {
  const firstStepOf = (reason: string) =>
    outageDetails({ ...refusal, reason, sinceMs: 0 }, place).nextSteps?.[0];
  expect(firstStepOf(refusal.reason)).toContain('`df -h`');
  expect(firstStepOf('Redis is full (maxmemory) and evicts nothing')).toContain('INFO memory');
});

test('people are reminded every fifteen minutes, and told once that it is over', async ({
  stage,
}) => {
  await stage.run(2_000, true);
  await stage.run(60, false);
  expect(stage.receiver.transitions).toEqual([
    'redis-refuses-writes opened',
    'redis-refuses-writes re-alerted',
    'redis-refuses-writes re-alerted',
    'redis-refuses-writes resolved',
  ]);
  expect(new Set(stage.receiver.received.map(({ incidentId }) => incidentId)).size).toBe(1);
  expect(stage.over).toEqual([
    'Redis refuses writes: Redis cannot save to its disk and refuses writes',
  ]);
});

test('a Redis that flaps alerts people at most once in fifteen minutes', async ({ stage }) => {
  for (let time = 0; time < 30; time += 1) {
    await stage.run(20, true);
    await stage.run(15, false);
  }
  const opened = stage.receiver.received.filter(({ transition }) => transition === 'opened');
  expect(opened).toHaveLength(2);
  expect((opened[1]?.at ?? 0) - (opened[0]?.at ?? 0)).toBeGreaterThanOrEqual(900_000);
  expect(stage.receiver.received).toHaveLength(4);
});

test('a pause of less than ten seconds does not end an outage', async ({ stage }) => {
  for (let time = 0; time < 10; time += 1) {
    await stage.run(30, true);
    await stage.run(9, false);
  }
  expect(stage.receiver.transitions).toEqual(['redis-refuses-writes opened']);
});

test('a monitor leaves the alert to another one if it is not its turn', async ({ stage }) => {
  stage.afterMs = undefined;
  await stage.run(2_000, true);
  await stage.run(60, false);
  expect(stage.receiver.transitions).toEqual([]);
  expect(stage.over).toEqual([]);
});

test('an alert that a channel did not take is tried again, at growing intervals', async ({
  stage,
}) => {
  stage.receiver.status = 503;
  await stage.run(60, true);
  const tried = stage.receiver.requests;
  expect(tried).toBeGreaterThan(2);
  expect(tried).toBeLessThan(8);
  stage.receiver.status = 200;
  await stage.run(120, true);
  expect(stage.receiver.transitions).toEqual(['redis-refuses-writes opened']);
});

test('an alert that a channel refuses for good is not tried again, and its end is not told there', async ({
  stage,
}) => {
  stage.receiver.status = 404;
  await stage.run(600, true);
  expect(stage.receiver.requests).toBe(1);
  stage.receiver.status = 200;
  await stage.run(60, false);
  expect(stage.receiver.transitions).toEqual([]);
});
