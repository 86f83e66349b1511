import type { AwsOptions } from '../../cloudwatch/aws-client-options.ts';
import { awsErrorReason } from '../../cloudwatch/aws-error-reason.ts';
import { LoadedClient } from '../../cloudwatch/loaded-client.ts';
import { awsFailure } from '../aws-failure.ts';
import {
  sendTimeoutMs,
  type Channel,
  type ChannelCheck,
  type NotificationGroup,
  type SendResult,
} from '../channel.ts';
import { ConnectionMeter } from '../connection-meter.ts';
import { oneRequestOptions } from '../one-request-options.ts';
import { smsText } from './sms-text.ts';

export interface SmsOptions extends AwsOptions {
  /** E.164: `+` and 7 to 15 digits. */
  readonly number: string;
}

const final = ['InvalidParameter', 'InvalidParameterException', 'InvalidParameterValue'];

/** Sends SMS through Amazon SNS to one number, so that only a failed number is tried again. */
export class SmsChannel implements Channel {
  readonly name: string;
  readonly #options: SmsOptions;
  readonly #meter = new ConnectionMeter();
  readonly #sns = new LoadedClient(
    () => import('@aws-sdk/client-sns'),
    ({ SNSClient }) => new SNSClient(oneRequestOptions(this.#options, this.#meter)),
  );

  constructor(options: SmsOptions) {
    this.name = `sms:${options.number}`;
    this.#options = options;
  }

  async send(group: NotificationGroup): Promise<SendResult> {
    const input = {
      PhoneNumber: this.#options.number,
      Message: smsText(group),
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
      },
    };
    const before = this.#meter.established;
    try {
      const { sdk, client } = await this.#sns.get();
      const command = new sdk.PublishCommand(input);
      await client.send(command, { abortSignal: AbortSignal.timeout(sendTimeoutMs) });
      return { kind: 'sent' };
    } catch (error) {
      return awsFailure(error, { final, connected: this.#meter.established > before });
    }
  }

  async check(): Promise<ChannelCheck> {
    try {
      const { sdk, client } = await this.#sns.get();
      await client.send(new sdk.GetSMSAttributesCommand({}), {
        abortSignal: AbortSignal.timeout(sendTimeoutMs),
      });
      return { ok: true, text: 'SNS accepts the credentials' };
    } catch (error) {
      return { ok: false, reason: awsErrorReason(error) };
    }
  }

  close(): void {
    this.#sns.close();
  }
}
