import type { ImageSet } from './image-set.ts';

interface Shared {
  readonly set: Promise<ImageSet>;
  users: number;
}

/** Saved images that several hosts get at the same time. Each is removed when its last user is done. */
export class SharedImages {
  readonly #images = new Map<string, Shared>();

  /**
   * Returns an image until the result is disposed of.
   * @param save saves it, if nobody uses it at the moment.
   */
  async use(
    name: string,
    save: () => Promise<ImageSet>,
  ): Promise<{ readonly set: ImageSet } & AsyncDisposable> {
    const shared = this.#images.get(name) ?? { set: save(), users: 0 };
    this.#images.set(name, shared);
    shared.users += 1;
    try {
      const set = await shared.set;
      return { set, [Symbol.asyncDispose]: () => this.#leave(name, shared) };
    } catch (error) {
      if (this.#images.get(name) === shared) this.#images.delete(name);
      throw error;
    }
  }

  async #leave(name: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#images.delete(name);
    await (await shared.set)[Symbol.asyncDispose]();
  }
}
