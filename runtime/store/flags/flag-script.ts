import { retainedEvents } from '../release/release-script.ts';

/**
 * Stores or deletes one flag if neither it nor its history has changed since the writer read them, adds
 * the change to its history, and publishes its key.
 *
 * KEYS: flags, events, epoch counter, flag history.
 * ARGV: flag key, the JSON read ('' for none), the JSON to store ('' to delete), the history read ('' for
 *       none), the history to store without its beginning, which is the id of the event, channel, the
 *       writer's epoch ('' if it needs no lease), then the event's fields.
 * Returns `stored`, or `fenced` or `conflict` with nothing changed. The event is written first: if its
 * key has the wrong type, Redis refuses it and the flag stays unchanged.
 */
export const storeFlag = `
if ARGV[7] ~= '' and tonumber(ARGV[7]) < tonumber(redis.call('GET', KEYS[3]) or '0') then
  return 'fenced'
end
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 'conflict'
end
if (redis.call('HGET', KEYS[4], ARGV[1]) or '') ~= ARGV[4] then
  return 'conflict'
end
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 8))
redis.call('HSET', KEYS[4], ARGV[1], '[{"id":"' .. id .. '",' .. ARGV[5])
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
redis.call('PUBLISH', ARGV[6], ARGV[1])
return 'stored'
`;
