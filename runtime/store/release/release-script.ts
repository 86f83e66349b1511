import { z } from 'zod';

/** How many events are kept, about: Redis trims whole nodes. */
export const keptEvents = 10_000;

/** Stands for the generation of a stored document that has none, being no JSON or another's. */
export const unreadable = -1;

/**
 * Stores the next release document if the stored one is still the one it was made from.
 *
 * KEYS: release document, epoch counter, event stream.
 * ARGV: expected generation (0: none stored; -1: unreadable), the writer's epoch ('' when it needs no lease), the
 *       document, the channel, then the event's fields.
 * Answers `stored`, or what stood in the way: `fenced`, `conflict`. All checks stand before the
 * first write, the one write that a key of the wrong type can refuse comes first, and Redis judges
 * memory before a script starts, so nothing is ever half applied.
 */
export const storeRelease = `
local stored = redis.call('GET', KEYS[1])
local generation = 0
if stored then
  local decoded, document = pcall(cjson.decode, stored)
  if decoded and type(document) == 'table' and type(document.generation) == 'number' then
    generation = document.generation
  else
    generation = ${unreadable}
  end
end
if ARGV[2] ~= '' and tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'fenced'
end
if generation ~= tonumber(ARGV[1]) then
  return 'conflict'
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', '${keptEvents}', '*', unpack(ARGV, 5))
redis.call('SET', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], generation + 1)
return 'stored'
`;

export const storeAnswer = z.enum(['stored', 'fenced', 'conflict']);
export type StoreAnswer = z.infer<typeof storeAnswer>;
