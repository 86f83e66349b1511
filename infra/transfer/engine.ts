/** Docker engines that may have an image: that of this machine, and those of hosts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { overSsh } from '../shell/over-ssh.ts';
import { runProgram } from '../shell/program.ts';
import { shellWord } from '../shell/shell-word.ts';
import { writeLogin, type SshAddress } from '../shell/ssh-login.ts';
import { SavedImage } from './saved-image.ts';

/** A host that images are sent to, or come from. */
export interface ImageHost {
  /** Name in the stack. */
  readonly name: string;
  readonly address: SshAddress;
}

/** Seconds after which a connection counts as broken that answers nothing. */
export const aliveOptions = ['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'];

/**
 * Reports whether a host's engine has an image.
 * @throws PerchError `process_failed` if the host or its engine does not answer.
 */
export async function hostHas({ address }: ImageHost, image: string): Promise<boolean> {
  const find = `docker image inspect ${shellWord(image)} > /dev/null 2>&1`;
  const script = `if ${find}; then echo present; else docker version > /dev/null && echo absent; fi`;
  return (await overSsh(address, script)).trim() === 'present';
}

/**
 * Architecture of an image in a host's engine. Undefined: it does not have it, or does not answer, so that
 * another may have it.
 */
export async function architectureOn(
  { address }: ImageHost,
  image: string,
): Promise<string | undefined> {
  const inspect = `docker image inspect --format '{{.Architecture}}' ${shellWord(image)}`;
  try {
    return (await overSsh(address, `${inspect} 2> /dev/null || true`)).trim() || undefined;
  } catch (error) {
    if (error instanceof PerchError) return undefined;
    throw error;
  }
}

/** Reports whether this machine's engine has an image. False if it does not answer. */
export async function isHere(image: string): Promise<boolean> {
  return await runProgram('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  );
}

/** Saves an image of this machine's engine. */
export async function saveHere(image: string): Promise<SavedImage> {
  return await SavedImage.from({ program: 'docker', args: ['save', image] });
}

/** Saves an image of a host's engine on this machine. */
export async function saveFrom({ address }: ImageHost, image: string): Promise<SavedImage> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-ssh-'));
  try {
    const { options, destination } = await writeLogin(folder, 'host', address);
    // By its id: an archive of a digest would have no name, and older engines refuse it.
    const script = `id=$(docker image inspect --format '{{.Id}}' ${shellWord(image)}) && exec docker save "$id"`;
    const compressed = [...options, '-C', ...aliveOptions];
    return await SavedImage.from({
      program: 'ssh',
      args: [...compressed, ...destination, script],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
