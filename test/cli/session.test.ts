import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'vitest';
import { perch, whyNoUser } from '../support/processes/perch.ts';
import { unless } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { reserve, test } from './fixtures.ts';

/** A user id without a name. */
const nameless = 54_321;

/** Server in the place of Redis that breaks every connection. */
async function startStranger(port: number) {
  let tries = 0;
  const server = createServer((socket) => {
    tries += 1;
    socket.destroy();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    tries: () => tries,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

test("a deployment's command waits while Redis is away for a moment, and says for how long", async ({
  server,
}) => {
  await server.stop();
  const stranger = await startStranger(server.port);
  const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
  const reserving = perch([...reserve('s1'), '--json'], environment);
  const texted = perch([...reserve('s2')], environment);
  await until(() => stranger.tries() > 1, { what: 'the commands to find no Redis' });
  await stranger.close();
  await server.start();

  const { code, stdout, stderr } = await reserving;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ id: 's1', state: 'reserved' });
  const hint = expect.stringMatching(/^connect: .*; trying again for up to 15 s$/);
  expect(JSON.parse(stderr)).toEqual({ hint });
  expect((await texted).stderr).toMatch(/^perch: connect: .*; trying again for up to 15 s\n$/);
});

test.for([['weight'], ['status'], ['flags', 'list'], ['incidents'], ['events'], ['route', 'list']])(
  'a command that only reads tries Redis once and fails: %s',
  async (args, { server }) => {
    await server.stop();
    const stranger = await startStranger(server.port);
    const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: server.url };
    expect(await perch(args, environment)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^perch: connect: .*\n$/),
    });
    expect(stranger.tries()).toBe(1);
    await stranger.close();
  },
);

test('a command reports a wrong password in one line without the password', async ({
  environment,
}) => {
  const url = environment.PERCH_REDIS_URL.replace('the-secret', 'hunter2');
  expect(await perch(['weight'], { ...environment, PERCH_REDIS_URL: url })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'perch: connect: Redis refused the user or password of PERCH_REDIS_URL\n',
  });
});

test('a command reports every missing variable in one line', async () => {
  expect(await perch(['weight'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'perch: PERCH_SERVICE must be set; PERCH_REDIS_URL must be set\n',
  });
});

test(
  'a command of a user id without a name signs its change with the number',
  unless(whyNoUser(nameless)),
  async ({ environment, json }) => {
    const { code, stderr } = await perch(reserve('s1'), environment, { uid: nameless });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await json('status')).toMatchObject({
      release: { updatedBy: expect.stringMatching(/^uid-54321@/) },
    });
  },
);
