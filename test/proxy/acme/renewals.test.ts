import { describe, expect } from 'vitest';
import { certificateId } from '../../../runtime/core/edge/certificate-id.ts';
import { whyNoPebble } from '../../support/acme/pebble.ts';
import { unless } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { host, test } from './fixtures.ts';

const dayMs = 86_400_000;

describe('a certificate is renewed', unless(whyNoPebble()), () => {
  test('after two thirds of its lifetime where the authority suggests no time', async ({
    front,
    frontStage: stage,
  }) => {
    front.hidesRenewalInfo = true;
    const proxy = await stage.startProxy({ id: 'a' });
    const first = await proxy.untilCertified(host);
    const status = await until(async () => {
      const found = await proxy.statusOf(host);
      return (found?.nextOrderMs ?? 0) > Date.now() && found;
    });
    const dueInDays = (status.nextOrderMs - Date.now()) / dayMs;
    expect(dueInDays).toBeGreaterThan(56);
    expect(dueInDays).toBeLessThan(60);
    stage.aheadMs = 61 * dayMs;
    const second = await until(() => {
      const now = proxy.certificateOf(host);
      return now?.chainPem !== first.chainPem && now;
    });
    expect(second.privateKeyPem).not.toBe(first.privateKeyPem);
  });

  test('at the time that the authority suggests, and names the certificate that it replaces', async ({
    front,
    frontStage: stage,
    pebble,
  }) => {
    const proxy = await stage.startProxy({ id: 'a' });
    const first = await proxy.untilCertified(host);
    await until(async () => (await proxy.statusOf(host))?.renewal?.window !== undefined);
    // A revocation moves the window to the past (RFC 9773 section 4.2).
    const [start, end] = [new Date(Date.now() - 2 * dayMs), new Date(Date.now() - dayMs)];
    await pebble.suggestRenewal(first.chainPem, { start, end });
    stage.aheadMs = 1.1 * dayMs;
    await until(() => {
      const now = proxy.certificateOf(host);
      return now !== undefined && now.chainPem !== first.chainPem;
    });
    expect(front.orders.map(({ replaces }) => replaces)).toEqual([
      undefined,
      certificateId(first.chainPem),
    ]);
  });
});
