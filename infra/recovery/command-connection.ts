import { z } from 'zod';
import type { ControlAddress } from '../shell/control-shell.ts';

const machine = {
  host: z.string(),
  port: z.number().default(22),
  user: z.string(),
  hostKey: z.string(),
};

/** Input `connection` of a remote command, as an address. */
export const connectionSchema = z
  .object({ ...machine, privateKey: z.string(), proxy: z.object(machine).optional() })
  .transform(({ proxy, ...address }): ControlAddress => ({ ...address, proxyJump: proxy }));
