import Docker from 'dockerode';

/** How long one call may take, milliseconds. */
const callTimeoutMs = 5_000;

export function dockerClient(socketPath: string): Docker {
  return new Docker({ socketPath, timeout: callTimeoutMs });
}
