import { z } from 'zod';
import { retainedEvents } from '../release/release-script.ts';

/** Past incidents that are retained: those that a newer one of their rule and subject replaced. */
export const retainedPastIncidents = 200;

/**
 * Changes one incident and adds its notifications to the outbox in the same step: one writer claims
 * each transition, and each notification is added once. An incident that another one of its rule and
 * subject replaces becomes a past one.
 *
 * KEYS: incidents, epoch counter, outbox, events, acknowledgements, past incidents.
 * ARGV: the writer's epoch, the incident's key, the revision that the change is based on (0: none),
 *       the incident, its id, 1 if its acknowledgement ends, the number of outbox entries, then
 *       channel and notification of each, then the event's fields, or none for a change that is no
 *       event.
 * Returns `stored`, or `fenced` or `conflict` with nothing changed.
 */
export const storeIncident = `
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'fenced'
end
local stored = redis.call('HGET', KEYS[1], ARGV[2])
local revision = 0
local id = ARGV[5]
if stored then
  local decoded, incident = pcall(cjson.decode, stored)
  if decoded and type(incident) == 'table' then
    revision = tonumber(incident.revision) or 0
    id = incident.id
  end
end
if revision ~= tonumber(ARGV[3]) then
  return 'conflict'
end
if id ~= ARGV[5] then
  redis.call('XADD', KEYS[6], 'MAXLEN', '${retainedPastIncidents}', '*', 'incident', stored)
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[4])
if ARGV[6] == '1' then
  redis.call('HDEL', KEYS[5], ARGV[2])
end
local entries = tonumber(ARGV[7])
for index = 0, entries - 1 do
  redis.call('XADD', KEYS[3], '*', 'channel', ARGV[8 + 2 * index], 'notice', ARGV[9 + 2 * index])
end
if #ARGV > 7 + 2 * entries then
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 8 + 2 * entries))
end
return 'stored'
`;

export const storeIncidentAnswer = z.enum(['stored', 'fenced', 'conflict']);
