import { expect, test } from 'vitest';
import { certificateViews } from '../../../runtime/console/views/edge-view.ts';

test('certificates are shown by their end, and those that several hosts read from files once', () => {
  const files = [
    { host: 'edge-1', hosts: ['a.test'], notBeforeMs: 0, notAfterMs: 30 },
    { host: 'edge-2', hosts: ['a.test'], notBeforeMs: 0, notAfterMs: 20 },
    { host: 'edge-2', hosts: ['b.test'], notBeforeMs: 0, notAfterMs: 5 },
  ];
  const own = [{ service: 'blog', hosts: ['a.test'], notBeforeMs: 0, notAfterMs: 10 }];
  const acme = [{ host: 'c.test', failures: 0, nextOrderMs: 0 }];
  const views = certificateViews({ acme, own, files });
  expect(views.map(({ kind, hosts, notAfterMs }) => [kind, hosts[0], notAfterMs])).toEqual([
    ['acme', 'c.test', null],
    ['files', 'b.test', 5],
    ['own', 'a.test', 10],
    ['files', 'a.test', 20],
  ]);
});
