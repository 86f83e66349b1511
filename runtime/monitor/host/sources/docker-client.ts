import Docker from 'dockerode';

/** Time limit of one call, milliseconds. */
const callTimeoutMs = 5_000;

export function dockerClient(socketPath: string): Docker {
  return new Docker({ socketPath, timeout: callTimeoutMs });
}
