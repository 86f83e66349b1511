import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmsChannel } from '../../../runtime/monitor/notify/sms-channel.ts';
import { smsText } from '../../../runtime/monitor/notify/sms-text.ts';
import { useEmulatorCredentials } from '../../support/aws-credentials.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { Moto, prepareMoto } from '../../support/moto.ts';
import { notification } from '../../support/notification.ts';

const missing = await prepareMoto();

describe.skipIf(missing !== undefined)(`SmsChannel (${missing ?? 'moto'})`, () => {
  let moto: Moto;
  let proxy: FaultyProxy;
  const channelTo = (number: string, endpoint = moto.endpoint) =>
    new SmsChannel({ number, region: 'eu-central-1', endpoint });

  beforeAll(async () => {
    useEmulatorCredentials();
    moto = await Moto.start();
    proxy = await FaultyProxy.start(moto.endpoint);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await moto[Symbol.asyncDispose]();
  });

  it('sends one message to its number', async () => {
    const channel = channelTo('+4915112345678', proxy.endpoint);
    expect(await channel.send(notification())).toEqual({ kind: 'sent' });
    const sent = new URLSearchParams(proxy.bodies[0]);
    expect(sent.get('PhoneNumber')).toBe('+4915112345678');
    expect(sent.get('Message')).toBe(smsText(notification()));
  });

  it('gives up a number that SNS refuses', async () => {
    expect(await channelTo('+1').send(notification())).toMatchObject({ kind: 'rejected' });
  });

  it('can be tried again when SNS throttles', async () => {
    proxy.fault = 'throttled';
    const channel = channelTo('+4915112345678', proxy.endpoint);
    expect(await channel.send(notification())).toMatchObject({ kind: 'failed' });
  });
});
