import { z } from 'zod';

/** Approximate number of events that the log retains: Redis trims whole nodes. */
export const retainedEvents = 10_000;

/** Generation of a stored document that has none, because it is not JSON or has another format. */
export const unreadable = -1;

/**
 * Stores the next release document if the stored one is still the one that it is based on.
 *
 * KEYS: release document, epoch counter, event stream; to reserve an address, the counter of
 *       reservations.
 * ARGV: expected generation (0: none stored; -1: unreadable), the writer's epoch ('' if it needs no
 *       lease), the document, the channel, the expected number of reservations, then the event's
 *       fields.
 * Returns `stored`, or `fenced` or `conflict` with nothing changed. A change is never applied in
 * part: all checks precede the first write, the only write that a key of the wrong type can refuse
 * comes before all others but the count, and Redis checks its memory before a script starts.
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
if KEYS[4] then
  if (redis.call('GET', KEYS[4]) or '0') ~= ARGV[5] then
    return 'conflict'
  end
  redis.call('INCR', KEYS[4])
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 6))
redis.call('SET', KEYS[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], generation + 1)
return 'stored'
`;

export const storeAnswer = z.enum(['stored', 'fenced', 'conflict']);
export type StoreAnswer = z.infer<typeof storeAnswer>;
