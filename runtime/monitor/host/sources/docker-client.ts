import Docker from 'dockerode';

/** Default time limit of one call, milliseconds. */
const callTimeoutMs = 5_000;

/** @param timeoutMs time limit of one call. */
export function dockerClient(socketPath: string, timeoutMs = callTimeoutMs): Docker {
  return new Docker({ socketPath, timeout: timeoutMs });
}
