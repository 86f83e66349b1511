interface Loaded<Sdk, Client> {
  /** Module of the SDK, for its commands. */
  readonly sdk: Sdk;
  readonly client: Client;
}

/**
 * A client of AWS that is loaded with its first call: the SDK takes megabytes, and most monitors never
 * call AWS.
 */
export class LoadedClient<Sdk, Client extends { destroy(): void }> {
  readonly #load: () => Promise<Sdk>;
  readonly #connect: (sdk: Sdk) => Client;
  #loaded: Promise<Loaded<Sdk, Client>> | undefined;

  constructor(load: () => Promise<Sdk>, connect: (sdk: Sdk) => Client) {
    this.#load = load;
    this.#connect = connect;
  }

  get(): Promise<Loaded<Sdk, Client>> {
    this.#loaded ??= this.#load().then((sdk) => ({ sdk, client: this.#connect(sdk) }));
    return this.#loaded;
  }

  close(): void {
    void this.#loaded?.then(({ client }) => client.destroy());
  }
}
