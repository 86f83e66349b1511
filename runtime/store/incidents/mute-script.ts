import { z } from 'zod';
import { retainedEvents } from '../release/release-script.ts';

/**
 * Acknowledges incidents, all or none, each with its event.
 *
 * KEYS: incidents, acknowledgements, events.
 * ARGV: time of the acknowledgement that the person saw (0: none; empty: any), then for each incident
 *       its key, its id, the acknowledgement, and the event's type, text and author.
 * Returns `stored`, or `changed` or the key of an incident that is not open, with nothing changed.
 */
export const storeAcknowledgements = `
for index = 2, #ARGV, 6 do
  local decoded, incident = pcall(cjson.decode, redis.call('HGET', KEYS[1], ARGV[index]) or '')
  if not decoded or incident.id ~= ARGV[index + 1] or type(incident.resolvedAt) == 'number' then
    return ARGV[index]
  end
  if ARGV[1] ~= '' then
    local known, last = pcall(cjson.decode, redis.call('HGET', KEYS[2], ARGV[index]) or '')
    local at = known and last.incidentId == incident.id and last.at or 0
    if at ~= tonumber(ARGV[1]) then
      return 'changed'
    end
  end
end
for index = 2, #ARGV, 6 do
  redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 2])
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', '${retainedEvents}', '*', 'type', ARGV[index + 3],
    'text', ARGV[index + 4], 'by', ARGV[index + 5])
end
return 'stored'
`;

/**
 * Begins a silence or ends one, with its event.
 *
 * KEYS: the silence, events.
 * ARGV: end of the silence that the person saw, milliseconds since the epoch (0: none; empty: any),
 *       the silence, or nothing to end it, its duration in milliseconds, then the event's fields.
 * Returns `stored`, or `absent` or `changed` with nothing changed.
 */
export const storeSilence = `
local stored = redis.call('GET', KEYS[1])
local decoded, last = pcall(cjson.decode, stored or '')
local untilMs = decoded and last.untilMs or 0
if ARGV[2] == '' and not stored then
  return 'absent'
end
if ARGV[1] ~= '' and untilMs ~= tonumber(ARGV[1]) then
  return 'changed'
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 4))
return 'stored'
`;

export const storeSilenceAnswer = z.enum(['stored', 'absent', 'changed']);
