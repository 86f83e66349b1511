import { z } from 'zod';
import type { Track } from '../../runtime/contract/names.ts';
import type { ReleaseAction, ReleaseEnd } from '../../runtime/contract/release-record.ts';
import { firstLine } from './failure.ts';
import type { ReleaseOrigin } from './release-origin.ts';

export interface ReleaseLogArgs {
  readonly stack: string;
  readonly track: Track;
  readonly origin: ReleaseOrigin;
  /** Runs a `perch` command in a monitor of the service. */
  readonly perch: (words: readonly string[], input: string) => Promise<string>;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/** Name of a stack as its program knows it: without organization and project. */
export function programName(stack: string): string {
  return stack.split('/').at(-1) ?? stack;
}

const longestReason = 2_000;
const answerSchema = z.object({ release: z.string() });

/** Images and version, as far as they are known. */
export type KnownRelease = {
  readonly [K in 'image' | 'runtimeImage' | 'version']?: string | undefined;
};

/**
 * Records a release in the history of its service. Never throws: a release that cannot be recorded
 * goes on. A monitor of release 0.2 or older does not know the command.
 */
export class ReleaseLog {
  readonly #args: ReleaseLogArgs;
  readonly #action: ReleaseAction;
  /** Id of the record. Undefined: none was begun. */
  #release: string | undefined;

  constructor(args: ReleaseLogArgs, action: ReleaseAction) {
    this.#args = args;
    this.#action = action;
  }

  /** Records that the release begins. */
  async begin(known: KnownRelease): Promise<void> {
    this.#release = await this.#write('begin', { ...this.#details(), ...imagesOf(known) });
  }

  /** Records an end. A later end of the same release replaces it. */
  async end(
    outcome: ReleaseEnd,
    { reason, ...known }: KnownRelease & { readonly reason?: string },
  ): Promise<void> {
    const release = this.#release;
    const details = release === undefined ? this.#details() : this.#subject();
    const said = reason === undefined ? {} : { reason: oneLine(reason) };
    const entry = { ...details, ...imagesOf(known), ...said, release, outcome };
    this.#release = (await this.#write('end', entry)) ?? release;
  }

  #subject() {
    const { stack, track } = this.#args;
    return { stack: programName(stack), track };
  }

  #details() {
    const action = this.#action;
    const { commit, ...origin } = this.#args.origin;
    // The image of a rollback is of an older commit than the checkout. Its first record names that one.
    const source = action === 'rollback' ? {} : { commit };
    return { ...this.#subject(), ...origin, ...source, action };
  }

  /** Returns the id of the record; undefined if nothing was recorded. */
  async #write(command: 'begin' | 'end', entry: object): Promise<string | undefined> {
    const { perch, say } = this.#args;
    try {
      const printed = await perch(['history', command], JSON.stringify(entry));
      return answerSchema.parse(JSON.parse(printed)).release;
    } catch (error) {
      say(`the ${command} of this release was not recorded: ${firstLine(error)}`);
      return undefined;
    }
  }
}

/** Images and version for a record; an empty version is none. */
function imagesOf({ image, runtimeImage, version }: KnownRelease): KnownRelease {
  return { image, runtimeImage, version: version === '' ? undefined : version };
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, longestReason);
}
