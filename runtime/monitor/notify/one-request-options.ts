import { awsClientOptions, type AwsOptions } from '../cloudwatch/aws-client-options.ts';
import type { ConnectionMeter } from './connection-meter.ts';

/** Options of an AWS client that makes each call by one request on a connection of its own. */
export function oneRequestOptions(options: AwsOptions, meter: ConnectionMeter) {
  const one = awsClientOptions(options);
  const { httpAgent, httpsAgent } = meter;
  return { ...one, requestHandler: { ...one.requestHandler, httpAgent, httpsAgent } };
}
