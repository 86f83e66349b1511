import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notification } from '../../../core/alerting/notification.ts';
import { awsClientOptions, type AwsOptions } from '../../cloudwatch/aws-client-options.ts';
import { awsFailure } from '../aws-failure.ts';
import { sendTimeoutMs, type Channel, type SendResult } from '../channel.ts';
import { smsText } from './sms-text.ts';

export interface SmsOptions extends AwsOptions {
  /** E.164: `+` and 7 to 15 digits. */
  readonly number: string;
}

const final = ['InvalidParameter', 'InvalidParameterException', 'InvalidParameterValue'];

/** Sends SMS through Amazon SNS to one number, so that only a failed number is tried again. */
export class SmsChannel implements Channel {
  readonly name: string;
  readonly #client: SNSClient;
  readonly #number: string;

  constructor(options: SmsOptions) {
    this.name = `sms:${options.number}`;
    this.#number = options.number;
    this.#client = new SNSClient(awsClientOptions(options));
  }

  async send(notification: Notification): Promise<SendResult> {
    const command = new PublishCommand({
      PhoneNumber: this.#number,
      Message: smsText(notification),
      MessageAttributes: {
        'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
      },
    });
    try {
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(sendTimeoutMs) });
      return { kind: 'sent' };
    } catch (error) {
      return awsFailure(error, final);
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
