import type { DescribeAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { awsClientOptions, type AwsOptions } from './aws-client-options.ts';
import { LoadedClient } from './loaded-client.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** Most names that one DescribeAlarms call takes. */
const namesPerCall = 100;

/** Reads the states of named CloudWatch alarms. Credentials come from the SDK's default chain. */
export class AlarmSource {
  /** Names of the alarms to read. */
  readonly names: readonly string[];
  readonly #options: AwsOptions;
  readonly #cloudwatch = new LoadedClient(
    () => import('@aws-sdk/client-cloudwatch'),
    ({ CloudWatchClient }) => new CloudWatchClient(awsClientOptions(this.#options)),
  );

  constructor({ names, ...options }: AwsOptions & { readonly names: readonly string[] }) {
    this.#options = options;
    this.names = names;
  }

  /**
   * States by alarm name; an alarm that does not exist is missing.
   * @throws the SDK's errors.
   */
  async read(): Promise<Map<string, AlarmState>> {
    const states = new Map<string, AlarmState>();
    const { sdk, client } = await this.#cloudwatch.get();
    for (let first = 0; first < this.names.length; first += namesPerCall) {
      const input = {
        AlarmNames: this.names.slice(first, first + namesPerCall),
        AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const],
      };
      for await (const page of sdk.paginateDescribeAlarms({ client }, input)) {
        for (const [name, state] of statesOf(page)) states.set(name, state);
      }
    }
    return states;
  }

  close(): void {
    this.#cloudwatch.close();
  }
}

function statesOf(page: DescribeAlarmsCommandOutput): [string, AlarmState][] {
  const alarms = [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])];
  return alarms.flatMap(({ AlarmName: name, StateValue: state }) =>
    name !== undefined && isState(state) ? [[name, state]] : [],
  );
}

function isState(value: string | undefined): value is AlarmState {
  return value === 'OK' || value === 'ALARM' || value === 'INSUFFICIENT_DATA';
}
