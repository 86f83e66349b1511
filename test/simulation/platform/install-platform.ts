/**
 * Replaces all that is not a function of the seed: clocks, timers, chance, files, and the modules at
 * the edge of production's code (Redis' client, sockets, /proc, the commands' logger). It must run before any module of
 * production is loaded, in a process that does nothing else; production's code stays as it is.
 */
import crypto from 'node:crypto';
import files from 'node:fs/promises';
import { registerHooks, syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import perfHooks from 'node:perf_hooks';
import timers from 'node:timers/promises';
import { outputOf } from './output.ts';
import { isSimulating, platform } from './platform.ts';
import { virtualFiles } from './virtual-files.ts';
import {
  clearVirtual,
  virtualDelay,
  virtualInterval,
  virtualNow,
  virtualTimeout,
} from './virtual-timers.ts';

/** End of a module's address -> the file of `test/simulation/edges` that stands in for it. */
const edges: readonly (readonly [string, string])[] = [
  ['/runtime/proxy/http/server.ts', 'http-server.ts'],
  ['/runtime/proxy/members/probe.ts', 'probe.ts'],
  ['/runtime/cli/read-json.ts', 'read-json.ts'],
  ['/runtime/core/release/release-document.ts', 'release-document.ts'],
  ['/runtime/store/redis/stored-values.ts', 'stored-values.ts'],
  ['/runtime/monitor/host/sources/host-source.ts', 'host-source.ts'],
  ['/runtime/monitor/host/sources/portable-host-source.ts', 'host-source.ts'],
  ['/runtime/monitor/host/sources/refusing-members.ts', 'refusing-members.ts'],
];

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'ioredis' || specifier === 'pino') {
      return { url: edgeUrl(`${specifier}.ts`), shortCircuit: true };
    }
    const resolved = nextResolve(specifier, context);
    const [, file] = edges.find(([end]) => resolved.url.endsWith(end)) ?? [];
    // What stands in for a module may use the module itself.
    if (file === undefined || context.parentURL === edgeUrl(file)) return resolved;
    return { url: edgeUrl(file), shortCircuit: true };
  },
});

function edgeUrl(file: string): string {
  return new URL(`../edges/${file}`, import.meta.url).href;
}

Object.assign(globalThis, {
  setTimeout: virtualTimeout,
  setInterval: virtualInterval,
  clearTimeout: clearVirtual,
  clearInterval: clearVirtual,
});
Object.assign(timers, { setTimeout: virtualDelay });
Object.defineProperty(performance, 'now', { value: virtualNow });
Math.random = () => (isSimulating() ? platform().kernel.random.next() : 0.5);
Date.now = () => (isSimulating() ? platform().kernel.systemMs() : 0);
Object.assign(files, virtualFiles);
Object.assign(os, { hostname: () => 'control', userInfo: () => ({ username: 'operator' }) });
Object.assign(perfHooks, {
  monitorEventLoopDelay: () => ({ enable: () => true, reset: () => undefined, max: 0 }),
});
Object.assign(crypto, {
  randomBytes: (size: number) => Buffer.from(Array.from({ length: size }, randomByte)),
  randomUUID: () => Array.from({ length: 16 }, randomByte).join('-'),
  randomFillSync: (numbers: Uint32Array) =>
    numbers.map(randomWord).forEach((one, index) => {
      numbers[index] = one;
    }),
});
syncBuiltinESMExports();

function randomByte(): number {
  return Math.floor(Math.random() * 256);
}

function randomWord(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

const print = console.log.bind(console);
console.log = (...lines: unknown[]) => {
  const process = isSimulating() ? platform().kernel.current : undefined;
  if (process === undefined) print(...lines);
  else outputOf(process).push(lines.map(String).join(' '));
};
// Nobody reads there what a command waits for.
const complain = console.error.bind(console);
console.error = (...lines: unknown[]) => {
  if (!isSimulating()) complain(...lines);
};
