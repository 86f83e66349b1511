import { z } from 'zod';
import { retainedEvents } from '../release/release-script.ts';

/**
 * Changes one incident and adds its notifications to the outbox in the same step: one writer claims
 * each transition, and each notification is added once.
 *
 * KEYS: incidents, epoch counter, outbox, events, acknowledgements.
 * ARGV: the writer's epoch, the incident's key, the revision that the change is based on (0: none),
 *       the incident, 1 if its acknowledgement ends, the number of outbox entries, then channel and
 *       notification of each, then the event's fields, or none for a change that is no event.
 * Returns `stored`, or `fenced` or `conflict` with nothing changed.
 */
export const storeIncident = `
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'fenced'
end
local stored = redis.call('HGET', KEYS[1], ARGV[2])
local revision = 0
if stored then
  local decoded, incident = pcall(cjson.decode, stored)
  revision = decoded and type(incident) == 'table' and tonumber(incident.revision) or 0
end
if revision ~= tonumber(ARGV[3]) then
  return 'conflict'
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
if ARGV[5] == '1' then
  redis.call('HDEL', KEYS[5], ARGV[2])
end
local entries = tonumber(ARGV[6])
for index = 0, entries - 1 do
  redis.call('XADD', KEYS[3], '*', 'channel', ARGV[7 + 2 * index], 'notice', ARGV[8 + 2 * index])
end
if #ARGV > 6 + 2 * entries then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 7 + 2 * entries))
end
return 'stored'
`;

export const storeIncidentAnswer = z.enum(['stored', 'fenced', 'conflict']);
