import { z } from 'zod';

/**
 * Claims entries for one attempt to send them as one message: all, or none if another consumer has
 * claimed or finished one of them meanwhile. The attempt counts as unconfirmed at once, so that one
 * whose consumer ends in the middle counts too.
 *
 * KEYS: outbox, messages. ARGV: consumer group, consumer, id of the message, unconfirmed attempts
 * with this one, attempts with this one, lifetime of the messages in milliseconds, then of each
 * entry its id and the consumer, attempts and message (`` if none) that it was listed with.
 * Returns 1 or 0.
 */
export const claimEntries = `
for index = 7, #ARGV, 4 do
  local taken = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[index], ARGV[index], 1)[1]
  local message = redis.call('HGET', KEYS[2], ARGV[index]) or ''
  if not taken or taken[2] ~= ARGV[index + 1] or taken[4] ~= tonumber(ARGV[index + 2])
    or (string.match(message, '^%S+') or '') ~= ARGV[index + 3] then
    return 0
  end
end
for index = 7, #ARGV, 4 do
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[index], 'RETRYCOUNT', ARGV[5], 'JUSTID')
  redis.call('HSET', KEYS[2], ARGV[index], ARGV[3] .. ' ' .. ARGV[4])
end
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1
`;

/**
 * Records of claimed entries that their attempt failed for certain, unless another consumer has
 * claimed them meanwhile.
 *
 * KEYS: outbox, messages. ARGV: consumer group, consumer, id of the message, unconfirmed attempts
 * without this one, then the entries' ids.
 */
export const settleEntries = `
for index = 5, #ARGV do
  local taken = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[index], ARGV[index], 1)[1]
  if taken and taken[2] == ARGV[2] then
    redis.call('HSET', KEYS[2], ARGV[index], ARGV[3] .. ' ' .. ARGV[4])
  end
end
return 1
`;

export const claimAnswer = z.union([z.literal(0), z.literal(1)]);

/** Value of the hash of messages: id of the message and its unconfirmed attempts. */
export const messageSchema = z
  .string()
  .regex(/^\S+ \d+$/)
  .transform((text) => {
    const [id = '', unconfirmed] = text.split(' ');
    return { id, unconfirmed: Number(unconfirmed) };
  });
