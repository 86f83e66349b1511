/**
 * Returns the block of addresses that one client can choose from: an IPv4 address alone, but the
 * first 64 bits of an IPv6 address, because each site has at least all addresses that begin with
 * them (RFC 6177 section 2).
 * @param address in the notation of Node's sockets, without an IPv4-mapped prefix.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${all.slice(0, 4).join(':')}::/64`;
}
