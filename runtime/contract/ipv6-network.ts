/**
 * Returns the network of an IPv6 address: `2001:db8:1::/48` of `2001:db8:1:2::3`.
 * @param bits length of the network's prefix, a multiple of 16 below 128.
 */
export function ipv6Network(address: string, bits: 48 | 64): string {
  const [head = '', tail = ''] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === '' ? 0 : tail.split(':').length;
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - after) }, () => '0');
  const prefix = [...groups, ...zeros, ...tail.split(':')].slice(0, bits / 16);
  return `${prefix.join(':')}::/${bits}`;
}
