/** Resources of an account at DigitalOcean, as its API shows them, and the rules that all kinds share. */
import { noHardware, type Hardware } from './hardware.ts';

export type Json = Record<string, unknown>;

/** An answer other than success, as the API words it. */
export class ApiError extends Error {
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export const notFound = (what: string) =>
  new ApiError(404, 'not_found', `The ${what} you were accessing could not be found.`);

export const unprocessable = (message: string) =>
  new ApiError(422, 'unprocessable_entity', message);

/** Resources of one kind, by their id. */
export class Shelf {
  readonly #kind: string;
  readonly #held = new Map<string, Json>();

  constructor(kind: string) {
    this.#kind = kind;
  }

  put(id: string | number, resource: Json): Json {
    this.#held.set(String(id), resource);
    return resource;
  }

  /** @throws ApiError 404. */
  get(id: string | number): Json {
    const found = this.#held.get(String(id));
    if (found === undefined) throw notFound(this.#kind);
    return found;
  }

  /** @throws ApiError 404. */
  delete(id: string | number): undefined {
    this.get(id);
    this.#held.delete(String(id));
  }

  get all(): Json[] {
    return [...this.#held.values()];
  }

  has(id: string | number): boolean {
    return this.#held.has(String(id));
  }
}

const kinds = [
  'certificate',
  'database',
  'domain record',
  'droplet',
  'firewall',
  'key',
  'load balancer',
  'project',
  'registry',
  'reserved ip',
  'tag',
  'vpc',
] as const;

export type Kind = (typeof kinds)[number];

export interface AccountOptions {
  /** Default: none, only addresses. */
  readonly hardware?: Hardware;
  /** URL at which every managed database answers. Default: one where nothing does. */
  readonly databaseUrl?: string;
}

export class Account {
  readonly hardware: Hardware;
  readonly databaseUrl: string | undefined;
  readonly #shelves = new Map(kinds.map((kind) => [kind, new Shelf(kind)] as const));
  readonly regions: readonly string[] = ['fra1', 'ams3', 'nyc3'];
  readonly domains: readonly string[] = ['perch.internal'];
  #lastNumber = 1_000;

  constructor({ hardware = noHardware, databaseUrl }: AccountOptions = {}) {
    this.hardware = hardware;
    this.databaseUrl = databaseUrl;
  }

  of(kind: Kind): Shelf {
    const shelf = this.#shelves.get(kind);
    if (shelf === undefined) throw new Error(`no shelf for ${kind}`);
    return shelf;
  }

  number(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Number of resources of each kind, without the kinds of which there are none. */
  get counts(): Record<string, number> {
    const counts = kinds.map((kind) => [kind, this.of(kind).all.length] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}

const namePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

/** @throws ApiError 422 unless `value` has at most `longest` letters, digits, dots and dashes. */
export function validName(value: unknown, longest = 255): string {
  if (typeof value === 'string' && value.length <= longest && namePattern.test(value)) return value;
  throw unprocessable(`name ${String(value)} must have 1 to ${longest} letters, digits, . and -`);
}

/** @throws ApiError 422 unless the account may use the region. */
export function validRegion({ regions }: Account, value: unknown): string {
  if (typeof value === 'string' && regions.includes(value)) return value;
  throw unprocessable(`region ${String(value)} is not valid`);
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
