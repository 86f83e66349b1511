import { execFileSync } from 'node:child_process';
import type { Redis } from 'ioredis';
import { Traffic } from '../../../../rehearsal/traffic/traffic.ts';
import { labels, type Part } from '../../../../runtime/contract/labels.ts';
import { redisKeys } from '../../../../runtime/contract/redis-keys.ts';
import {
  parseReleaseDocument,
  type MemberState,
  type ReleaseDocument,
} from '../../../../runtime/core/release/release-document.ts';
import { connectRedis, requireServer } from '../../../../runtime/store/redis/connection.ts';
import { silentLogger } from '../../../support/silent-logger.ts';
import { Engine, type Stack } from './engine.ts';
import { realSettings } from './real-settings.ts';
import { stackYaml } from './stack-yaml.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  /** The member's id; empty for other parts. */
  readonly member: string;
}

/** A service on target docker for real: two stable members, one canary with a quarter. */
export class RealRelease implements AsyncDisposable {
  readonly service: string;
  readonly engine: Engine;
  readonly stack: Stack;
  readonly port: number;
  readonly traffic: Traffic;
  readonly #redisPort: number;
  #redis: Redis | undefined;

  private constructor(engine: Engine, stack: Stack, ports: { http: number; redis: number }) {
    this.service = stack.name;
    this.engine = engine;
    this.stack = stack;
    this.port = ports.http;
    this.traffic = new Traffic({ host: '127.0.0.1', port: ports.http });
    this.#redisPort = ports.redis;
  }

  /** Resolves once the release serves. If it fails to start, nothing of it remains. */
  static async start(
    service: string,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<RealRelease> {
    const engine = await Engine.start('real');
    const real = await realSettings(service);
    const own = { role: 'local', target: 'docker', canaryWeight: '25', version: 'v1' };
    const stack = await engine.stack(service, stackYaml({ ...real, ...own, ...settings }));
    const ports = { http: real.httpPort, redis: real.redisPort };
    const release = new RealRelease(engine, stack, ports);
    const { ok, output } = await stack.up();
    if (ok) return release;
    await release[Symbol.asyncDispose]();
    throw new Error(output);
  }

  /** Its Redis, once that runs. */
  async redis(): Promise<Redis> {
    this.#redis ??= await this.#connect();
    return this.#redis;
  }

  /** Undefined before the first member is reserved. */
  async document(): Promise<ReleaseDocument | undefined> {
    const text = await (await this.redis()).get(redisKeys(this.service).release);
    return text === null ? undefined : parseReleaseDocument(text);
  }

  /** Members that run `version`, in `state`. */
  async members(version: string, state: MemberState): Promise<string[]> {
    const members = (await this.document())?.members ?? [];
    return members
      .filter((member) => member.version === version && member.state === state)
      .map(({ id }) => id)
      .toSorted();
  }

  /** Containers of a part, running or not. */
  containers(part: Part): Container[] {
    const filters = [`${labels.service}=${this.service}`, `${labels.part}=${part}`];
    const format = `{{.ID}} {{.Names}} {{.Label "${labels.member}"}}`;
    const args = ['ps', '--all', '--no-trunc', '--format', format].concat(
      filters.flatMap((label) => ['--filter', `label=${label}`]),
    );
    const lines = execFileSync('docker', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
    return lines.map((line) => {
      const [id = '', name = '', member = ''] = line.split(' ');
      return { id, name, member };
    });
  }

  /** The ids of the members that have a container, running or not. */
  housedMembers(): string[] {
    return this.containers('app')
      .map(({ member }) => member)
      .toSorted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.traffic.stop();
    this.#redis?.disconnect();
    await this.stack.destroy();
    await this.engine[Symbol.asyncDispose]();
  }

  async #connect(): Promise<Redis> {
    const [container] = this.containers('redis');
    if (container === undefined) throw new Error(`service ${this.service} has no Redis`);
    const args = ['inspect', '--format', '{{json .Config.Env}}', container.id];
    const lines = JSON.parse(execFileSync('docker', args, { encoding: 'utf8' })) as string[];
    const name = 'REDISCLI_AUTH=';
    const password = lines.find((line) => line.startsWith(name))?.slice(name.length) ?? '';
    const redis = connectRedis({
      url: `redis://:${password}@127.0.0.1:${this.#redisPort}`,
      name: 'perch-test',
      logger: silentLogger,
    });
    await requireServer(redis);
    return redis;
  }
}
