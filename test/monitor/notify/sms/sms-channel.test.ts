import { describe, expect } from 'vitest';
import { SmsChannel } from '../../../../runtime/monitor/notify/sms/sms-channel.ts';
import { smsText } from '../../../../runtime/monitor/notify/sms/sms-text.ts';
import { test } from '../../../support/aws/fixtures.ts';
import { prepareMoto } from '../../../support/aws/moto.ts';
import { notification } from '../../../support/judge/notification.ts';
import { unless } from '../../../support/skip.ts';

const missing = await prepareMoto();
const number = '+4915112345678';
const region = 'eu-central-1';

describe('with moto', unless(missing), () => {
  test('the SMS channel sends one message to its number', async ({ motoProxy }) => {
    const channel = new SmsChannel({ number, region, endpoint: motoProxy.endpoint });
    expect(await channel.send([notification()])).toEqual({ kind: 'sent' });
    const sent = new URLSearchParams(motoProxy.bodies[0]);
    expect(sent.get('PhoneNumber')).toBe(number);
    expect(sent.get('Message')).toBe(smsText([notification()]));
  });

  test('a number that SNS refuses is rejected for good', async ({ moto }) => {
    const channel = new SmsChannel({ number: '+1', region, endpoint: moto.endpoint });
    expect(await channel.send([notification()])).toMatchObject({ kind: 'rejected' });
  });

  test('an SMS that SNS throttles has failed and can be sent again', async ({ motoProxy }) => {
    motoProxy.fault = 'throttled';
    const channel = new SmsChannel({ number, region, endpoint: motoProxy.endpoint });
    expect(await channel.send([notification()])).toMatchObject({ kind: 'failed' });
  });

  test('an SMS whose connection breaks before SNS answers may have been sent, and was one request', async ({
    motoProxy,
  }) => {
    motoProxy.fault = 'answer-lost';
    const channel = new SmsChannel({ number, region, endpoint: motoProxy.endpoint });
    expect(await channel.send([notification()])).toMatchObject({ kind: 'unknown' });
    expect(motoProxy.bodies).toHaveLength(1);
  });

  test('the check of the SMS channel tries the credentials and sends nothing', async ({
    moto,
    motoProxy,
  }) => {
    const channel = new SmsChannel({ number, region, endpoint: motoProxy.endpoint });
    expect(await channel.check()).toEqual({ ok: true, text: 'SNS accepts the credentials' });
    motoProxy.fault = 'refused';
    expect(await channel.check()).toMatchObject({ ok: false });
    expect(await moto.messages()).toEqual([]);
  });
});
