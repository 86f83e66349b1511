import type { SavedImage } from './saved-image.ts';

interface Shared {
  readonly image: Promise<SavedImage>;
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
    save: () => Promise<SavedImage>,
  ): Promise<{ readonly image: SavedImage } & AsyncDisposable> {
    const shared = this.#images.get(name) ?? { image: save(), users: 0 };
    this.#images.set(name, shared);
    shared.users += 1;
    try {
      const image = await shared.image;
      return { image, [Symbol.asyncDispose]: () => this.#leave(name, shared) };
    } catch (error) {
      if (this.#images.get(name) === shared) this.#images.delete(name);
      throw error;
    }
  }

  async #leave(name: string, shared: Shared): Promise<void> {
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#images.delete(name);
    await (await shared.image)[Symbol.asyncDispose]();
  }
}
