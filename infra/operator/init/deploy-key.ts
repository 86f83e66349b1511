/** The key with which Perch logs in to hosts: one that is there, or a new one. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { homePath } from '../../shell/home-path.ts';
import { runProgram } from '../../shell/program.ts';
import { errorMessage } from '../../../runtime/contract/error-message.ts';
import type { DeployKey } from './answers.ts';

/** Value of `--ssh-key` for a key that is to be made. */
export const newKey = 'new';

/** Stands for a public key that is not made yet. */
const unmadeKey = 'ssh-ed25519 AAAA';

/** A deploy key as far as it is known before anything is written, or what is wrong with it. */
export type ReadKey =
  | {
      readonly key: DeployKey | undefined;
      /** Undefined: there is none, or it is not made yet. Secret. */
      readonly privateKey: string | undefined;
      readonly publicKey: string | undefined;
    }
  | { readonly problem: string };

/**
 * Reads what `--ssh-key` names.
 * @param choice `new`, or the path of a private key.
 */
export async function readKey(choice: string | undefined, service: string): Promise<ReadKey> {
  if (choice === undefined) return { key: undefined, privateKey: undefined, publicKey: undefined };
  if (choice === newKey) {
    const file = `~/.ssh/perch-${service}`;
    return existsSync(homePath(file))
      ? { problem: `must be ${file} and not ${newKey}: that key is there already` }
      : { key: { file, isNew: true }, privateKey: undefined, publicKey: unmadeKey };
  }
  const path = homePath(choice);
  if (!existsSync(path)) {
    return {
      problem: `must be ${newKey} or the file of a private key, got ${choice}, which is not there`,
    };
  }
  try {
    const privateKey = readFileSync(path, 'utf8');
    return { key: { file: choice, isNew: false }, privateKey, publicKey: await publicHalf(path) };
  } catch (error) {
    const rule = 'must be the file of a private key without a passphrase';
    return { problem: `${rule}, got ${choice}: ${errorMessage(error)}` };
  }
}

/**
 * Makes a new key.
 * @returns its public half, and what removes it again.
 */
export async function makeKey({ file }: DeployKey, service: string) {
  const path = homePath(file);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const words = ['-q', '-t', 'ed25519', '-N', '', '-C', `perch-${service}`, '-f', path];
  await runProgram('ssh-keygen', words);
  return {
    publicKey: await publicHalf(path),
    remove: async () => await Promise.all([rm(path), rm(`${path}.pub`)]),
  };
}

async function publicHalf(path: string): Promise<string> {
  // With a passphrase, ssh-keygen would ask for it; the configuration refuses such a key.
  const line = await runProgram('ssh-keygen', ['-y', '-P', '', '-f', path]);
  return line.trim();
}
