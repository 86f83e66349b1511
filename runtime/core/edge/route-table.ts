import { hostNameOf } from '../../contract/host-name.ts';
import { isBelow, normalizedPath } from './request-path.ts';

export interface TableEntry<T extends object> {
  readonly hosts: readonly string[];
  /** Undefined: all paths. */
  readonly pathPrefix?: string | undefined;
  readonly value: T;
}

/** Parts of a request by which it is routed. */
export interface RoutedRequest {
  /** Value of Host as it was sent; undefined if the request has none. */
  readonly host: string | undefined;
  /** Target in origin-form. */
  readonly target: string;
}

/**
 * Reason for which a request has no route: nobody registered its host, or its host is registered with
 * other prefixes only.
 */
export type NoMatch = 'host-unknown' | 'path-unknown';

/** Values of one host, the longest prefix first. */
interface HostPaths<T> {
  readonly all: T | undefined;
  readonly prefixes: readonly { readonly prefix: string; readonly value: T }[];
}

/** Spellings of hosts that are remembered: with a port, in capitals, under a wildcard or unknown. */
const mostSpellings = 1_000;
const longestSpelling = 300;

/**
 * Routes of an edge: one look-up by host, the exact name first and then `*.`, and among the routes
 * of that host the longest prefix.
 */
export class RouteTable<T extends object> {
  readonly #exact = new Map<string, HostPaths<T>>();
  /** By the name after `*.`. */
  readonly #wildcards = new Map<string, HostPaths<T>>();
  #spellings = new Map<string, HostPaths<T> | undefined>();

  constructor(entries: readonly TableEntry<T>[] = []) {
    const claims = entries.flatMap((entry) => entry.hosts.map((host) => ({ host, ...entry })));
    for (const [host, own] of Map.groupBy(claims, (claim) => claim.host)) {
      const paths = pathsOf(own);
      if (host.startsWith('*.')) this.#wildcards.set(host.slice(2), paths);
      else this.#exact.set(host, paths);
    }
  }

  /** Returns the value of the route that a request matches. Allocates nothing for a usual one. */
  find(request: RoutedRequest): T | NoMatch {
    const { host } = request;
    if (host === undefined) return 'host-unknown';
    const paths = this.#exact.get(host) ?? this.#spelled(host);
    if (paths === undefined) return 'host-unknown';
    if (paths.prefixes.length === 0) return paths.all ?? 'path-unknown';
    const path = normalizedPath(request.target);
    for (const { prefix, value } of paths.prefixes) {
      if (isBelow(path, prefix)) return value;
    }
    return paths.all ?? 'path-unknown';
  }

  #spelled(host: string): HostPaths<T> | undefined {
    if (host.length > longestSpelling) return undefined;
    const known = this.#spellings.get(host);
    if (known !== undefined || this.#spellings.has(host)) return known;
    if (this.#spellings.size >= mostSpellings) this.#spellings = new Map();
    const name = hostNameOf(host);
    const dot = name.indexOf('.');
    const paths =
      this.#exact.get(name) ?? (dot > 0 ? this.#wildcards.get(name.slice(dot + 1)) : undefined);
    this.#spellings.set(host, paths);
    return paths;
  }
}

function pathsOf<T extends object>(entries: readonly TableEntry<T>[]): HostPaths<T> {
  const prefixes = entries.flatMap(({ pathPrefix, value }) =>
    pathPrefix === undefined ? [] : [{ prefix: pathPrefix, value }],
  );
  return {
    all: entries.find(({ pathPrefix }) => pathPrefix === undefined)?.value,
    prefixes: prefixes.toSorted((a, b) => b.prefix.length - a.prefix.length),
  };
}
