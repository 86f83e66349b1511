import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Moto } from '../../../../support/aws/moto.ts';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { Engine } from '../engine.ts';
import { AwsCalls } from './aws-calls.ts';

const region = 'eu-central-1';

/** A call of AWS, such as `iam` `CreateRole`. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Properties;
}

/** A Pulumi engine whose provider of `aws` makes everything in an emulated account. */
export class AwsEngine implements AsyncDisposable {
  readonly engine: Engine;
  readonly #moto: Moto;
  readonly #calls: AwsCalls;
  readonly #folder: string;

  private constructor(engine: Engine, moto: Moto, folder: string) {
    this.engine = engine;
    this.#moto = moto;
    this.#folder = folder;
    this.#calls = new AwsCalls(moto.endpoint);
  }

  static async start(): Promise<AwsEngine> {
    const moto = await Moto.start([join(import.meta.dirname, 'emulator.py')]);
    const folder = await mkdtemp(join(tmpdir(), 'perch-aws-'));
    const additional = { STAND_IN_AWS: moto.endpoint, STAND_IN_AWS_CALLS: join(folder, 'calls') };
    return new AwsEngine(await Engine.start('stand-ins', undefined, additional), moto, folder);
  }

  /** Calls the emulated account as someone else. @param operation `ec2:DescribeSecurityGroups`. */
  async call(operation: string, input: Properties = {}): Promise<Properties> {
    return await this.#calls.call(region, operation, input);
  }

  /** All calls of the provider until now. */
  async calls(): Promise<AwsCall[]> {
    const lines = (await readFile(join(this.#folder, 'calls'), 'utf8')).trim().split('\n');
    return lines.map((line) => JSON.parse(line) as AwsCall);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await this.#moto[Symbol.asyncDispose]();
    await this.engine[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }
}
