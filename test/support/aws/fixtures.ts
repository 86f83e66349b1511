import { useEmulatorCredentials } from './credentials.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { test as base } from '../fixtures.ts';
import { Moto } from './moto.ts';
import { SesEmulator } from './ses-emulator.ts';

/**
 * Tests that talk to emulated AWS services. A file shares one emulator of SES and one of SNS and
 * CloudWatch; each test finds them empty. `sesProxy` and `motoProxy` stand in front of them and
 * inject faults.
 */
export const test = base
  .extend('sharedSes', { scope: 'file' }, async ({}, { onCleanup }): Promise<SesEmulator> => {
    useEmulatorCredentials();
    const ses = await SesEmulator.start();
    onCleanup(() => ses[Symbol.asyncDispose]());
    return ses;
  })
  .extend('ses', async ({ sharedSes }): Promise<SesEmulator> => {
    await sharedSes.clear();
    return sharedSes;
  })
  .extend('sesProxy', async ({ ses }, { onCleanup }): Promise<FaultyProxy> => {
    const proxy = await FaultyProxy.start(ses.endpoint);
    onCleanup(() => proxy[Symbol.asyncDispose]());
    return proxy;
  })
  .extend('sharedMoto', { scope: 'file' }, async ({}, { onCleanup }): Promise<Moto> => {
    useEmulatorCredentials();
    const moto = await Moto.start();
    onCleanup(() => moto[Symbol.asyncDispose]());
    return moto;
  })
  .extend('moto', async ({ sharedMoto }): Promise<Moto> => {
    await sharedMoto.reset();
    return sharedMoto;
  })
  .extend('motoProxy', async ({ moto }, { onCleanup }): Promise<FaultyProxy> => {
    const proxy = await FaultyProxy.start(moto.endpoint);
    onCleanup(() => proxy[Symbol.asyncDispose]());
    return proxy;
  });
