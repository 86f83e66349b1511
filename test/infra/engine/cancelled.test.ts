import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unless } from '../../support/skip.ts';
import { Engine, type Stack } from './support/engine.ts';
import { digest, localYaml } from './support/local-stack.ts';
import { PerchInDocker } from './support/perch-in-docker.ts';
import { whyNoEngine } from './support/plugins.ts';

const reason = whyNoEngine();
const held = 'docker:index/container:Container stable-1';
const now = ['--stack', 'local', '--verify', '0'];

describe('A deployment that is cancelled, on a real engine', unless(reason), () => {
  let engine: Engine;
  let stack: Stack;
  let perch: PerchInDocker;
  let github: Server;
  /** Answer of GitHub about every run. */
  let runStatus = 'in_progress';
  const asked: string[] = [];

  beforeAll(async () => {
    github = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`);
      response.end(JSON.stringify({ status: runStatus }));
    });
    await once(github.listen(0, '127.0.0.1'), 'listening');
    const { port } = github.address() as AddressInfo;
    engine = await Engine.start('stand-ins', undefined, {
      GITHUB_SERVER_URL: 'https://github.internal',
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'shop/shop',
      GITHUB_RUN_ID: '17',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_TOKEN: 'a-token',
    });
    stack = await engine.stack('local', localYaml);
    perch = await PerchInDocker.start(engine, 'demo');
    await stack.configure('image', digest('a'));
    await stack.up();
  });
  afterAll(async () => {
    github.close();
    await engine[Symbol.asyncDispose]();
    await perch[Symbol.asyncDispose]();
  });

  /** Starts a deployment of an image and waits until it makes the container that is held. */
  async function startHeld(character: string) {
    await stack.configure('image', digest(character));
    await engine.holdCreate(held);
    const running = engine.startDeploy(now);
    await running.printed(/stable-1 creating/);
    return running;
  }

  function stateFile(path: string): string {
    return join(engine.project, '../state/.pulumi', path);
  }

  function lockFile(): string {
    const folder = stateFile('locks/organization/perch/local');
    const [file = ''] = readdirSync(folder);
    return join(folder, file);
  }

  test('SIGTERM lets Pulumi end its step and give up the lock, and says how to go on', async () => {
    const running = await startHeld('b');
    running.signal('SIGTERM');
    await running.printed(/SIGTERM: stopping/);
    await engine.holdCreate();
    const run = await running.finished;
    expect(run).not.toSucceed();
    expect(run.output).toContain('cancelled by SIGTERM: the update of local stopped halfway');
    expect(run.output).toContain('Run the same command again');
    expect(run.output).not.toContain('rolling back');
    expect((await perch.history())[0]).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('cancelled by SIGTERM'),
    });
    const again = await engine.deploy(now);
    expect(again.output).not.toContain('removing its lock');
    expect(again).toSucceed();
    expect(await stack.outputs()).toMatchObject({ image: digest('b') });
  });

  test('a deployment after one that was killed recovers first, and says so', async () => {
    const running = await startHeld('c');
    await running.cutOff();
    await engine.holdCreate();
    // As if it was killed while it wrote its state: Pulumi itself then says no more than "EOF".
    truncateSync(stateFile('stacks/perch/local.json.attrs'));
    const again = await engine.deploy(now);
    expect(again.output).toMatch(/the previous update was interrupted \(created by .*\): removing/);
    expect(again).toSucceed();
    expect(await stack.outputs()).toMatchObject({ image: digest('c') });
    expect((await perch.history()).slice(0, 2)).toMatchObject([
      { outcome: 'served', image: digest('c') },
      { outcome: 'interrupted' },
    ]);
  });

  test('the lock of another machine is broken only if its CI run is over', async () => {
    const running = await startHeld('d');
    await running.cutOff();
    await engine.holdCreate();
    // As if both the update and its record came from another runner.
    const lock = JSON.parse(readFileSync(lockFile(), 'utf8')) as Record<string, unknown>;
    const renamed = JSON.stringify({ ...lock, hostname: 'runner-7' });
    writeFileSync(lockFile(), renamed);
    const refused = await engine.deploy(now);
    expect(refused).not.toSucceed();
    expect(refused.output).toMatch(/stack local is locked: created by \S+@runner-7/);
    expect(asked).toEqual([]);
    const [record] = await perch.history();
    await perch.amend({ release: record?.['id'], host: 'runner-7' });
    expect(await engine.deploy(now)).not.toSucceed();
    expect(asked).toEqual(['Bearer a-token /repos/shop/shop/actions/runs/17/attempts/1']);
    runStatus = 'completed';
    const again = await engine.deploy(now);
    expect(again.output).toContain(
      'and its run is over: https://github.internal/shop/shop/actions/runs/17/attempts/1): removing',
    );
    expect(again).toSucceed();
    expect(await stack.outputs()).toMatchObject({ image: digest('d') });
  });
});
