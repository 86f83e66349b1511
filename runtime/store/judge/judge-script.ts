/**
 * Stores a value if its writer is still the newest leader.
 * KEYS: the value, epoch counter. ARGV: epoch, value, TTL in milliseconds or 0 for none.
 */
export const storeFenced = `
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then
  return 'fenced'
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 'stored'
`;
