import { test as base } from 'vitest';
import { startSshd, type TestSshd } from '../../engine/support/sshd.ts';
import { Application } from './support/application.ts';

const nodeApplication = {
  'package.json': '{ "scripts": { "start": "node server.js" }, "devDependencies": {} }\n',
  'server.js': '',
};

/** Tests on the repository of an application for Node, and on a server that it goes to. */
export const test = base
  .extend('sshd', { scope: 'file' }, async ({}, { onCleanup }): Promise<TestSshd> => {
    const sshd = await startSshd({ kinds: ['ecdsa', 'ed25519'] });
    onCleanup(() => sshd[Symbol.asyncDispose]());
    return sshd;
  })
  .extend('application', ({}, { onCleanup }): Application => {
    const application = new Application(nodeApplication);
    onCleanup(() => application[Symbol.dispose]());
    return application;
  });
