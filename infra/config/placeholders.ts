/**
 * Placeholders of the shipped stack files, and values that only documentation has. Each passes its
 * own rule, and would be refused by nobody before it locks you out, or lets a stranger in. Pure.
 */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Field, which may be inside a list or map, and its problem. */
type Problem = readonly [field: string, problem: string];

/** A placeholder says between angle brackets what to put in its place. */
const placeholder = /^<(?<what>[^<>]+)>$/;

/** Keys whose values must be the user's own. */
const keys = [
  'image',
  'canaryImage',
  'runtimeImage',
  'baseImage',
  'redisImage',
  'pullLogins',
  'consoleHost',
  'consoleSignIn',
  'sshCidrs',
  'sshPublicKey',
  'servers',
  'alertFrom',
  'alertTo',
  'domain',
  'hosts',
  'acmeDirectory',
  'acmeEmail',
  'trustedProxies',
  'dnsZone',
  'registry',
  'sshProxyJump',
  'link',
  'thresholds',
  'webhookUrl',
];

/** Keys whose values no message shows. */
const secrets = ['webhookUrl', 'pullLogins'];

/** Networks for documentation: RFC 5737 and RFC 3849. */
const documentation = new BlockList();
for (const network of ['192.0.2.0', '198.51.100.0', '203.0.113.0']) {
  documentation.addSubnet(network, 24, 'ipv4');
}
documentation.addSubnet('2001:db8::', 32, 'ipv6');

/** Domains for documentation and tests: RFC 2606. */
const exampleDomain = /(^|\.)(example\.(com|org|net)|[a-z0-9-]+\.(example|invalid|test))$/i;

/** Key that releases before 0.2 shipped in their stack files. */
const shippedKey = 'AAAAC3NzaC1lZDI1NTE5AAAAIJOKqS1sLpSC0ZoqkxYLH5OIaEnIFEm8vD5xdLhJxQ4F';

/**
 * @param given configuration values as Pulumi passes them, by key without namespace: text, lists and
 * maps as JSON.
 */
export function placeholderProblems(given: Readonly<Record<string, string>>): Problem[] {
  return keys.flatMap((key) => textsIn(key, given[key] ?? '').flatMap(problemOf));
}

/** Text and the field that holds it. */
type Text = readonly [field: string, text: string];

function problemOf([field, text]: Text): Problem[] {
  const what = placeholder.exec(text)?.groups?.['what'];
  if (what !== undefined) return [[field, `must be replaced by ${what}`]];
  const from = sourceOf(text);
  if (from === undefined) return [];
  const [key = ''] = field.split('.');
  return [[field, `must be your own, not ${from}${secrets.includes(key) ? '' : `, got ${text}`}`]];
}

/** Every text in a value, with its field. */
function textsIn(key: string, value: string): Text[] {
  const parsed = parsedJson(value);
  return typeof parsed === 'object' && parsed !== null ? inside(key, parsed) : [[key, value]];
}

function inside(field: string, value: unknown): Text[] {
  if (typeof value === 'string') return [[field, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => inside(`${field}.${name}`, part));
}

function parsedJson(value: string): unknown {
  try {
    return z.json().parse(JSON.parse(value));
  } catch {
    // Most values are plain text.
    return undefined;
  }
}

/** Source of a value that is nobody's own. */
function sourceOf(text: string): string | undefined {
  const address = addressIn(text);
  const family = isIP(address);
  if (family !== 0 && documentation.check(address, family === 4 ? 'ipv4' : 'ipv6')) {
    return 'an address for documentation (RFC 5737, RFC 3849)';
  }
  if (exampleDomain.test(address)) return 'a domain for examples (RFC 2606)';
  return text.includes(shippedKey) ? 'the key of an example' : undefined;
}

/** Address in a network, URL, email or login: what stands before its port, path and host key. */
function addressIn(text: string): string {
  const [word = ''] = text.split(' ');
  const [authority = ''] = word.replace(/^https?:\/\//, '').split('/');
  const host = /@(?<host>.*)$/.exec(authority)?.groups?.['host'] ?? authority;
  const { bare, plain } =
    /^\[(?<bare>[^\]]+)\](:\d+)?$|^(?<plain>[^:]+):\d+$/.exec(host)?.groups ?? {};
  return bare ?? plain ?? host;
}
