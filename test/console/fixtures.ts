import { test as base } from '../support/fixtures.ts';
import { ConsoleServer } from './console-server.ts';
import { stageRollout } from './staged-release.ts';

/**
 * Tests of the console. A file shares one console, `consoleServer`, and its Redis; each test that wants it
 * has a console of its own, `staged`, with a rollout in its second step.
 */
export const test = base
  .extend(
    'consoleServer',
    { scope: 'file' },
    async ({ sharedServer }, { onCleanup }): Promise<ConsoleServer> => {
      const consoleServer = await ConsoleServer.start(sharedServer);
      onCleanup(() => consoleServer[Symbol.asyncDispose]());
      return consoleServer;
    },
  )
  .extend('staged', async ({ server }, { onCleanup }): Promise<ConsoleServer> => {
    const staged = await ConsoleServer.start(server);
    onCleanup(() => staged[Symbol.asyncDispose]());
    await stageRollout(staged);
    return staged;
  });
