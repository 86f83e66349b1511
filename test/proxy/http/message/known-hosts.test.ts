import { expect, test } from 'vitest';
import { FieldKind, FieldKinds } from '../../../../runtime/proxy/http/message/field-kind.ts';
import { KnownHosts } from '../../../../runtime/proxy/http/message/known-hosts.ts';
import { RequestParser } from '../../../../runtime/proxy/http/message/request-head.ts';

const head = new RequestParser(new FieldKinds(), 10);

test('a host that comes again is the same object, whatever came between', () => {
  const hosts = new KnownHosts();
  const first = find(hosts, 'shop.example:8080');
  expect(first).toEqual({
    name: 'shop.example:8080',
    claims: ';host="shop.example:8080"\r\nX-Forwarded-Host: shop.example:8080\r\n',
  });
  expect(find(hosts, 'blog.example')?.name).toBe('blog.example');
  expect(find(hosts, 'shop.example:8080')).toBe(first);
});

test('no host is taken for another one, although thousands share the places', () => {
  const hosts = new KnownHosts();
  const names = Array.from({ length: 5_000 }, (_, index) => `${index % 7}.host-${index}.example`);
  for (const name of [...names, ...names.toReversed()]) expect(find(hosts, name)?.name).toBe(name);
});

test.each(['a b', 'a,b', '[::1', 'a:b', '', 'a/b', 'user@a'])(
  'the invalid host %j stays invalid',
  (name) => {
    const hosts = new KnownHosts();
    find(hosts, 'valid.example');
    expect([find(hosts, name), find(hosts, name)]).toEqual([undefined, undefined]);
  },
);

test('a host differs in case, as it was sent', () => {
  const hosts = new KnownHosts();
  expect([find(hosts, 'a.example')?.name, find(hosts, 'A.example')?.name]).toEqual([
    'a.example',
    'A.example',
  ]);
});

test('a host too long to be a name is not remembered', () => {
  const hosts = new KnownHosts();
  const name = `${'a'.repeat(300)}.example`;
  expect(find(hosts, name)?.name).toBe(name);
  expect(find(hosts, name)).not.toBe(find(hosts, name));
});

function find(hosts: KnownHosts, name: string) {
  const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`, 'latin1');
  expect(head.read(bytes, 0, bytes.length)).toBe('complete');
  return hosts.find(head, head.onlyIndexOf(FieldKind.host));
}
