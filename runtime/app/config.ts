import { z } from 'zod';
import { env } from '../contract/env.ts';
import { tracks, type Track } from '../contract/names.ts';
import { defaultPorts } from '../contract/ports.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { nameSchema } from '../core/input/name-schema.ts';

/** Identity of this member, from the environment. */
export interface Identity {
  readonly service: string;
  readonly track: Track;
  readonly version: string;
  readonly memberId: string;
  readonly host: string;
}

export interface AppConfig {
  readonly identity: Identity;
  /** Address to listen on. */
  readonly bind: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Secret. */
  readonly redisUrl: string;
  /** Folder that keeps the last good flags; undefined keeps them in memory only. */
  readonly stateDir: string | undefined;
}

const name = nameSchema();
const portRule = 'must be a port from 0 to 65535';

const schema = z.object({
  [env.service]: name,
  [env.track]: z.enum(tracks, `must be ${tracks.join(' or ')}`),
  [env.version]: z
    .string('must be set')
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without a space'),
  [env.memberId]: name,
  [env.host]: name,
  [env.bind]: z.union([z.ipv4(), z.ipv6()], 'must be an IP address').default('127.0.0.1'),
  [env.port]: z
    .string()
    .regex(/^\d{1,5}$/, portRule)
    .transform(Number)
    .refine((port) => port <= 65_535, portRule)
    .default(defaultPorts.app),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
  [env.stateDir]: z.string().min(1, 'must be a folder').optional(),
});

/**
 * Reads the app's whole configuration from the environment.
 * @throws PerchError `bad_input` that names every missing or wrong variable.
 */
export function appConfig(environment: NodeJS.ProcessEnv): AppConfig {
  const read = requireInput(parseInput(schema, environment, { secret: [env.redisUrl] }));
  return {
    identity: {
      service: read[env.service],
      track: read[env.track],
      version: read[env.version],
      memberId: read[env.memberId],
      host: read[env.host],
    },
    bind: read[env.bind],
    port: read[env.port],
    redisUrl: read[env.redisUrl],
    stateDir: read[env.stateDir],
  };
}
