/** Host names of a stack, as clients find and reach them. */
import { promises as dns } from 'node:dns';
import { connect } from 'node:tls';
import { z } from 'zod';
import { errorMessage } from '../../../../runtime/contract/error-message.ts';
import type { DeployedStack } from '../../deployed-stack.ts';
import type { CertificateReply, Asked, NameReply } from '../survey.ts';

const addressesSchema = z.record(z.string(), z.array(z.string()));
const answerTimeoutMs = 10_000;
const httpsPort = 443;

/** Part of the stack that names its hosts. */
type Named = Pick<DeployedStack, 'outputs'>;

/** Resolver as `node:dns` has it. */
export type Resolver = Pick<dns.Resolver, 'resolve4' | 'resolve6'>;

/** Addresses of each host name, those that it should have and those that the DNS has. */
export async function askNames(
  stack: Named,
  resolver: Resolver = new dns.Resolver({ timeout: answerTimeoutMs, tries: 2 }),
): Promise<NameReply[]> {
  return await Promise.all(
    expectedAddresses(stack).map(async ([name, expected]) => ({
      name,
      expected,
      found: await addressesOf(name, resolver),
    })),
  );
}

/** Certificate that each host name is served with; none for a service without https. */
export async function askCertificates(stack: Named): Promise<CertificateReply[]> {
  const { url: output } = stack.outputs;
  const url = typeof output === 'string' ? URL.parse(output) : null;
  if (url?.protocol !== 'https:') return [];
  const port = url.port === '' ? httpsPort : Number(url.port);
  const expected = expectedAddresses(stack);
  const names = expected.length > 0 ? expected : [[url.hostname, []] as const];
  return await Promise.all(
    names.map(async ([name, [address = name]]) => ({
      name,
      validity: await validityOf({ name, address, port }),
    })),
  );
}

function expectedAddresses({ outputs }: Named): [string, string[]][] {
  return Object.entries(addressesSchema.catch({}).parse(outputs['hostAddresses']));
}

async function addressesOf(name: string, resolver: Resolver): Promise<Asked<readonly string[]>> {
  try {
    const families = [resolver.resolve4(name), resolver.resolve6(name)];
    const found = await Promise.all(families.map((family) => family.catch(noneIfAbsent)));
    return { known: true, value: found.flat() };
  } catch (error) {
    return { known: false, why: errorMessage(error) };
  }
}

/** A name without addresses of one family, or one that does not exist. */
function noneIfAbsent(error: unknown): string[] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === dns.NODATA || code === dns.NOTFOUND) return [];
  throw error;
}

interface Served {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

async function validityOf({ name, address, port }: Served): Promise<CertificateReply['validity']> {
  const { promise, resolve } = Promise.withResolvers<CertificateReply['validity']>();
  // Whether clients trust it is another question: it is only read.
  const options = { host: address, port, servername: name, rejectUnauthorized: false };
  const socket = connect(options, () => {
    const { valid_from: from, valid_to: until } = socket.getPeerCertificate();
    resolve({ known: true, value: { fromMs: Date.parse(from), untilMs: Date.parse(until) } });
  });
  const fail = (why: string) => resolve({ known: false, why: `${address}:${port}: ${why}` });
  socket.setTimeout(answerTimeoutMs, () => fail('no answer'));
  socket.on('error', (error) => fail(error.message));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
