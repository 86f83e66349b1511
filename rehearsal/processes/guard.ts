/**
 * Cleans up after a rehearsal, even a killed one: at the end of its standard input it ends the
 * remaining process groups and removes the folder.
 *
 * Usage: `node guard.ts FOLDER`; lines `+PID` and `-PID` on standard input add and remove groups.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup } from './process-group.ts';

const gracePeriodMs = 3_000;
const groups = new Set<number>();
const [folder] = process.argv.slice(2);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) groups.add(pid);
  else groups.delete(pid);
}

for (const pid of groups) {
  signalGroup(pid, 'SIGTERM');
  signalGroup(pid, 'SIGCONT');
}
const deadline = performance.now() + gracePeriodMs;
while (alive().length > 0 && performance.now() < deadline) await delay(20);
for (const pid of alive()) signalGroup(pid, 'SIGKILL');
if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 10 });

function alive(): number[] {
  return [...groups].filter((pid) => signalGroup(pid, 0));
}
