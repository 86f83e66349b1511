import { isIP } from 'node:net';

/** Text of the network that `cidr`, an IPv4 or IPv6 network, belongs to: its bits beyond the mask are 0. */
export function networkOf(cidr: string): string {
  const [address = '', bits = ''] = cidr.split('/');
  const size = isIP(address) === 4 ? 32 : 128;
  const hostBits = BigInt(size - Number(bits));
  return `${textOf((valueOf(address) >> hostBits) << hostBits, size)}/${Number(bits)}`;
}

/** True if `cidr` has bits beyond its mask. */
export function hasHostBits(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const hostBits = BigInt((isIP(address) === 4 ? 32 : 128) - Number(bits));
  return BigInt.asUintN(Number(hostBits), valueOf(address)) !== 0n;
}

function valueOf(address: string): bigint {
  if (isIP(address) === 4) {
    return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  }
  // The URL standard's form has hexadecimal groups only. A zone (`%eth0`) is not part of a network.
  const { hostname } = new URL(`http://[${address.replace(/%.*/, '')}]`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail].reduce(
    (value, group) => value * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}

function textOf(value: bigint, size: number): string {
  const parts = (count: number, bits: number) =>
    Array.from({ length: count }, (_, index) =>
      BigInt.asUintN(bits, value >> BigInt((count - 1 - index) * bits)),
    );
  if (size === 32) return parts(4, 8).join('.');
  const groups = parts(8, 16).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
