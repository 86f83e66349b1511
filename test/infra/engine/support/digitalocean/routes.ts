import type { Account, Json } from './account.ts';

export interface ApiRequest {
  readonly account: Account;
  /** Parts of the path: `id`, `name`... */
  readonly path: Readonly<Record<string, string>>;
  /** Parameters after the `?` of the URL. */
  readonly query: URLSearchParams;
  readonly body: Json;
}

/** `POST /v2/droplets`, with `:id` for a part of the path, to what it answers. Undefined: 204. */
export type Routes = Readonly<
  Record<string, (request: ApiRequest) => Json | undefined | Promise<Json | undefined>>
>;
