import { join } from 'node:path';
import { redisKeys } from '../../../../runtime/contract/redis-keys.ts';
import { perch } from '../../../support/processes/perch.ts';
import { PerchProcess } from '../../../support/processes/perch-process.ts';
import { clientOf } from '../../../support/redis/redis-client.ts';
import { startRedis, type TestRedis } from '../../../support/redis/redis-server.ts';
import type { Engine } from './engine.ts';

const entry = join(import.meta.dirname, '../../../../runtime/bin/perch.ts');

/**
 * Real Redis of a service under an engine with stand-ins. The stand-in for `docker` finds one healthy
 * monitor, and runs the real `perch` where a script runs it in that monitor.
 */
export class PerchInDocker implements AsyncDisposable {
  readonly #service: string;
  readonly #redis: TestRedis;

  private constructor(service: string, redis: TestRedis) {
    this.#service = service;
    this.#redis = redis;
  }

  /** Starts Redis, in which the service has one active stable member, `s1`. */
  static async start(engine: Engine, service: string): Promise<PerchInDocker> {
    const started = await PerchInDocker.startEmpty(engine, service);
    await started.activate('s1');
    return started;
  }

  /** Starts Redis, in which the service has no members yet. */
  static async startEmpty(engine: Engine, service: string): Promise<PerchInDocker> {
    const started = new PerchInDocker(service, await startRedis());
    const { PERCH_SERVICE, PERCH_REDIS_URL } = started.#environment;
    engine.programs.add(
      'docker',
      `case "$1" in
  ps) case "$*" in *perch.part=monitor*) echo monitor ;; esac ;;
  exec)
    shift
    while :; do
      case "$1" in
        --interactive) shift ;;
        --env) export "$2"; shift 2 ;;
        *) break ;;
      esac
    done
    shift 2
    export PERCH_SERVICE='${PERCH_SERVICE}' PERCH_REDIS_URL='${PERCH_REDIS_URL}' PERCH_HOST=web-1
    exec '${process.execPath}' '${entry}' "$@" ;;
esac`,
    );
    return started;
  }

  get #environment() {
    return { PERCH_SERVICE: this.#service, PERCH_REDIS_URL: this.#redis.url };
  }

  /** Runs `perch`, which has to succeed, and returns what it printed. */
  async run(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await perch(words, this.#environment);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Starts a real monitor of the service, which judges its canary. */
  startMonitor(): PerchProcess {
    return new PerchProcess(['monitor'], { ...this.#environment, PERCH_HOST: 'web-1' });
  }

  /** Adds an active stable member of version v1. */
  async activate(id: string): Promise<void> {
    const where = ['--host=web-1', '--address=10.0.0.5'];
    await this.run('member', 'reserve', `--id=${id}`, '--track=stable', '--version=v1', ...where);
    await this.run('member', 'activate', `--id=${id}`);
  }

  /** The recorded releases, newest first. */
  async history(): Promise<Record<string, unknown>[]> {
    const printed = await this.run('history', '--json');
    return (JSON.parse(printed) as { releases: Record<string, unknown>[] }).releases;
  }

  /** Adds to a record of a stable release of the stack `local`, which stays open. */
  async amend(details: Readonly<Record<string, unknown>>): Promise<void> {
    const entry = JSON.stringify({ stack: 'local', track: 'stable', ...details });
    const client = await clientOf(this.#redis);
    await client.xadd(redisKeys(this.#service).releases, '*', 'entry', entry);
    client.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#redis[Symbol.asyncDispose]();
  }
}
