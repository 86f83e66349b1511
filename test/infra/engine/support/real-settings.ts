import { freePort } from '../../../../rehearsal/loopback.ts';
import { baseImage } from './base-image.ts';
import { bridgeAddress } from './docker.ts';
import type { TestSshd } from './sshd.ts';

/** Settings of a real stack on this machine, for any target, with free ports. */
export async function realSettings(service: string) {
  return {
    service,
    baseImage,
    redisImage: baseImage,
    httpPort: await freePort(),
    redisPort: await freePort(),
    proxyWorkers: 1,
    startTimeoutSeconds: 120,
  };
}

/** This machine as a server that is reached over `sshd`. */
export function serverOf({ user, port, hostKey }: TestSshd) {
  return {
    name: 'one',
    address: '127.0.0.1',
    // Containers reach their own host there.
    privateAddress: bridgeAddress(),
    user,
    port,
    hostKey,
  };
}
