import { execFileSync } from 'node:child_process';

/** Runs `docker`, which has to succeed, and returns what it printed. */
export function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}

/** Containers, networks and volumes in the Docker engine whose names contain `part`. */
export function leftInDocker(part: string): string[] {
  return [
    ['ps', '--all', '--format', '{{.Names}} {{.Labels}}'],
    ['network', 'ls', '--format', '{{.Name}}'],
    ['volume', 'ls', '--format', '{{.Name}}'],
  ].flatMap((args) =>
    docker(...args)
      .split('\n')
      .filter((line) => line.includes(part)),
  );
}

/** Address at which containers of every bridge network reach this machine. */
export function bridgeAddress(): string {
  const line = execFileSync('ip', ['-4', '-o', 'address', 'show', 'docker0'], { encoding: 'utf8' });
  const address = /inet ([\d.]+)/.exec(line)?.[1];
  if (address === undefined) throw new Error(`docker0 must have an IPv4 address, got ${line}`);
  return address;
}
