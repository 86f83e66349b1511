import { z } from 'zod';
import { env } from '../../contract/env.ts';
import { defaultPorts } from '../../contract/ports.ts';
import { parseInput, requireInput } from '../../core/input/input.ts';
import { listenAddress } from '../../core/input/listen-address.ts';
import { nameSchema } from '../../core/input/name-schema.ts';

export interface FlagsServerConfig {
  readonly service: string;
  /** Secret. */
  readonly redisUrl: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Folder that keeps the last good flags; undefined keeps them in memory only. */
  readonly stateDir: string | undefined;
}

export interface FlagsServerArguments {
  readonly listen: string;
}

export const defaultListen = `127.0.0.1:${defaultPorts.flags}`;

const schema = z.object({
  [env.service]: nameSchema(),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
  [env.stateDir]: z.string().min(1, 'must be a folder').optional(),
  '--listen': listenAddress,
});

/**
 * Reads the whole configuration of the flags server.
 * @throws PerchError `bad_input` that names every missing or wrong value.
 */
export function flagsServerConfig(
  { listen }: FlagsServerArguments,
  environment: NodeJS.ProcessEnv,
): FlagsServerConfig {
  const given = { ...environment, '--listen': listen };
  const read = requireInput(parseInput(schema, given, { secret: [env.redisUrl] }));
  return {
    service: read[env.service],
    redisUrl: read[env.redisUrl],
    stateDir: read[env.stateDir],
    ...read['--listen'],
  };
}
