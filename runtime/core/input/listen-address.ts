import { z } from 'zod';

const rule = 'must be IP:PORT or [IPV6]:PORT';
const ip = z.union([z.ipv4(), z.ipv6()]);

/** IP address and port to listen on; port 0 picks a free one. */
export const listenAddress = z.string().transform((text, context) => {
  const [, host = '', port = ''] = /^(?:\[?([\d.a-fA-F:]+)\]?):(\d{1,5})$/.exec(text) ?? [];
  if (ip.safeParse(host).success && Number(port) <= 65_535) return { host, port: Number(port) };
  context.addIssue({ code: 'custom', message: rule });
  return z.NEVER;
});
