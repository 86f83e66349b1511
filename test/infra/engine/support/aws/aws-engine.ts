import { join } from 'node:path';
import { Moto } from '../../../../support/aws/moto.ts';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { Engine } from '../engine.ts';
import { AwsCalls } from './aws-calls.ts';

const region = 'eu-central-1';

/** A Pulumi engine whose provider of `aws` makes everything in an emulated account. */
export class AwsEngine implements AsyncDisposable {
  readonly engine: Engine;
  readonly #moto: Moto;
  readonly #calls: AwsCalls;

  private constructor(engine: Engine, moto: Moto) {
    this.engine = engine;
    this.#moto = moto;
    this.#calls = new AwsCalls(moto.endpoint);
  }

  static async start(): Promise<AwsEngine> {
    const moto = await Moto.start([join(import.meta.dirname, 'emulator.py')]);
    const additional = { STAND_IN_AWS: moto.endpoint };
    return new AwsEngine(await Engine.start('stand-ins', undefined, additional), moto);
  }

  /** Calls the emulated account as someone else. @param operation `ec2:DescribeSecurityGroups`. */
  async call(operation: string, input: Properties = {}): Promise<Properties> {
    return await this.#calls.call(region, operation, input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#calls.close();
    await this.#moto[Symbol.asyncDispose]();
    await this.engine[Symbol.asyncDispose]();
  }
}
