import { test as base } from '../support/fixtures.ts';
import { ConsoleServer } from './console-server.ts';

/** Tests of the console. A file shares one console, `consoleServer`, and its Redis. */
export const test = base.extend(
  'consoleServer',
  { scope: 'file' },
  async ({ sharedServer }, { onCleanup }): Promise<ConsoleServer> => {
    const consoleServer = await ConsoleServer.start(sharedServer);
    onCleanup(() => consoleServer[Symbol.asyncDispose]());
    return consoleServer;
  },
);
