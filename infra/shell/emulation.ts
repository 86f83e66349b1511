import { existsSync, readdirSync } from 'node:fs';
import type { Architecture } from '../../runtime/contract/architecture.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { runProgram } from './program.ts';

/** Folder in which Linux lists what runs programs of other processors (binfmt_misc). */
const handlers = '/proc/sys/fs/binfmt_misc';

/** Beginnings of the handlers' names, as QEMU and tonistiigi/binfmt register them. */
const handlerOf: Readonly<Record<Architecture, string>> = {
  amd64: 'qemu-x86_64',
  arm64: 'qemu-aarch64',
};

/**
 * Architectures whose programs this machine's Docker engine cannot run while it builds. Empty also where
 * that cannot be told: another machine's engine, or a system that does not list its handlers.
 */
export async function missingEmulation(
  wanted: readonly Architecture[],
  folder = handlers,
): Promise<Architecture[]> {
  if (process.env['DOCKER_HOST'] || !existsSync(`${folder}/status`)) return [];
  const own = await engineArchitecture();
  if (own === '') return [];
  const names = readdirSync(folder);
  return wanted.filter(
    (each) => each !== own && !names.some((name) => name.startsWith(handlerOf[each])),
  );
}

/** Empty if the engine does not answer: another check reports that. */
async function engineArchitecture(): Promise<string> {
  try {
    return (await runProgram('docker', ['version', '--format', '{{.Server.Arch}}'])).trim();
  } catch (error) {
    if (error instanceof PerchError) return '';
    throw error;
  }
}
