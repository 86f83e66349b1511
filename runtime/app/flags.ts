import type { Client } from '@openfeature/server-sdk';
import type { Identity } from './config.ts';

/** The app's switches with their defaults, which apply without a stored flag. */
const switches = {
  show_ip: false,
  new_feature: false,
  set_get: true,
  siege_feature: false,
} as const satisfies Record<string, boolean>;

export type Switch = keyof typeof switches;

/**
 * The flags of the app with their defaults. Targeting may use `track`, `version` and, for a known
 * visitor, `targetingKey`.
 */
export class AppFlags {
  readonly #client: Client;
  readonly #identity: Pick<Identity, 'track' | 'version'>;

  constructor(client: Client, { track, version }: Identity) {
    this.#client = client;
    this.#identity = { track, version };
  }

  isOn(key: Switch, visitor: string | undefined): Promise<boolean> {
    return this.#client.getBooleanValue(key, switches[key], this.#context(visitor));
  }

  /** Colour of the page, in CSS notation. */
  background(visitor: string | undefined): Promise<string> {
    const fallback = this.#identity.track === 'canary' ? 'green' : 'red';
    return this.#client.getStringValue('background', fallback, this.#context(visitor));
  }

  async isMyflagEnabled(visitor: string | undefined): Promise<boolean> {
    const value = await this.#client.getStringValue('myflag', 'disable', this.#context(visitor));
    return value === 'enable';
  }

  #context(visitor: string | undefined) {
    return { ...this.#identity, ...(visitor !== undefined && { targetingKey: visitor }) };
  }
}
