import { expect, test } from 'vitest';
import { requireRoute, type EdgeRoute } from '../../../runtime/core/edge/route.ts';
import {
  noRoutes,
  parseRoutesDocument,
  rejoinedRoutes,
  removeRoute,
  setRoute,
  type RoutesDocument,
} from '../../../runtime/core/edge/routes-document.ts';

const route = (service: string, hosts: string[], pathPrefix?: string): EdgeRoute => ({
  service,
  hosts,
  tls: 'none',
  ...(pathPrefix === undefined ? {} : { pathPrefix }),
});

function documentOf(...routes: EdgeRoute[]): RoutesDocument {
  return routes.reduce((document, one, index) => {
    const change = setRoute(document, one, index + 1);
    if (change.kind !== 'changed') throw new Error(JSON.stringify(change));
    return change.document;
  }, noRoutes);
}

test('all problems of a bad route are named at once, with field, rule and value', () => {
  const bad = {
    service: 'Shop!',
    hosts: ['Shop.example.com', 'bücher.example'],
    pathPrefix: '/x/',
    tls: 'ssl',
    hstsSeconds: -1,
    host: 'x',
  };
  expect(() => requireRoute(bad)).toThrow(
    /^route: service must be 1 to 63 .*, got Shop!; hosts\.0 must be in lower case, got Shop\.example\.com; hosts\.1 must be written with A-labels: xn--bcher-kva\.example, got bücher\.example; pathPrefix must not end in \/, got \/x\/; tls must be one of acme, certificate, loadBalancer, none, got ssl; hstsSeconds must be a whole number of seconds from 0 to 63072000, got -1; host is not known; did you mean hosts\?$/,
  );
});

test.each([
  [[], 'must be a list of 1 to 100 host names'],
  [Array.from({ length: 101 }, (_, index) => `h${index}.example`), 'must be a list of 1 to 100'],
  [['a.example', 'a.example'], 'hosts.1 must stand in the list once, got a.example'],
])('a list of hosts with %j is refused', (hosts, rule) => {
  expect(() => requireRoute({ service: 'a', hosts, tls: 'none' })).toThrow(rule);
});

test('a wildcard is refused with tls acme', () => {
  const route = { service: 'shop', hosts: ['shop.example', '*.shop.example'], tls: 'acme' };
  expect(() => requireRoute(route)).toThrow(
    'route: hosts.1 must be no wildcard with tls acme, which proves single names, got *.shop.example',
  );
  expect(requireRoute({ ...route, tls: 'certificate' })).toMatchObject({ tls: 'certificate' });
});

test('a route that is no object is refused', () => {
  expect(() => requireRoute([])).toThrow('route must be a JSON object');
});

test('two services with one host are refused by name, and may share it by prefixes', () => {
  const document = documentOf(route('shop', ['a.example', 'b.example']));
  expect(setRoute(document, route('blog', ['c.example', 'b.example']), 9)).toEqual({
    kind: 'refused',
    rule: 'b.example belongs to service shop',
  });
  const shared = documentOf(
    route('shop', ['a.example']),
    route('blog', ['a.example'], '/blog'),
    route('api', ['a.example'], '/api'),
  );
  expect(shared.routes.map(({ service }) => service)).toEqual(['api', 'blog', 'shop']);
  expect(setRoute(shared, route('magazine', ['a.example'], '/blog'), 9)).toEqual({
    kind: 'refused',
    rule: 'a.example/blog belongs to service blog',
  });
});

test('a service replaces its own route, and the same route again changes nothing', () => {
  const document = documentOf(route('shop', ['a.example']));
  expect(setRoute(document, route('shop', ['a.example']), 9)).toEqual({ kind: 'unchanged' });
  const changed = setRoute(document, route('shop', ['b.example']), 9);
  expect(changed).toMatchObject({
    document: { generation: 2, routes: [{ hosts: ['b.example'], updatedAt: 9 }] },
  });
});

test('a removed route frees its hosts, and the document stays when it was the last one', () => {
  const change = removeRoute(documentOf(route('shop', ['a.example'])), 'shop');
  expect(change).toEqual({ kind: 'changed', document: { generation: 2, routes: [] } });
  expect(removeRoute(noRoutes, 'shop')).toEqual({ kind: 'unchanged' });
});

test('fields of a newer version stay, and its ways of TLS can be read', () => {
  const newer = {
    generation: 3,
    format: 'x',
    routes: [{ service: 'shop', hosts: ['a.example'], tls: 'later', mirror: 'b' }],
  };
  const read = parseRoutesDocument(JSON.stringify(newer));
  expect(setRoute(read, route('blog', ['b.example']), 5)).toMatchObject({
    document: {
      generation: 4,
      format: 'x',
      routes: [{ service: 'blog' }, { service: 'shop', tls: 'later', mirror: 'b', updatedAt: 0 }],
    },
  });
});

test.each([
  ['{', 'must be JSON'],
  ['{"generation":0,"routes":[]}', 'generation'],
  [`"${'x'.repeat(1_048_576)}"`, 'must be at most 1048576 bytes, got 1048578'],
  [
    JSON.stringify({
      generation: 1,
      routes: [route('a', ['x.example']), route('a', ['y.example']), route('b', ['x.example'])],
    }),
    'routes: routes: must not hold two routes of service a; routes.2.hosts: x.example belongs to service a',
  ],
])('a document that breaks a rule is refused whole', (json, rule) => {
  expect(() => parseRoutesDocument(json)).toThrow(rule);
});

test('an edge serves at most 200 services', () => {
  const names = Array.from({ length: 200 }, (_, index) => `s${index}`);
  const full = documentOf(...names.map((name) => route(name, [`${name}.example`])));
  expect(setRoute(full, route('more', ['more.example']), 1)).toEqual({
    kind: 'refused',
    rule: 'an edge serves at most 200 services',
  });
});

test('after a loss each service has its newest route, and the generation is above both', () => {
  const known = documentOf(route('shop', ['a.example']), route('blog', ['b.example']));
  const stored = documentOf(route('api', ['c.example']));
  expect(rejoinedRoutes(stored, known)).toMatchObject({
    generation: 3,
    routes: [{ service: 'api' }, { service: 'blog' }, { service: 'shop' }],
  });
  const moved: RoutesDocument = {
    generation: 1,
    routes: [{ ...route('shop', ['b.example']), updatedAt: 100 }],
  };
  expect(rejoinedRoutes(moved, known).routes).toMatchObject([
    { service: 'shop', hosts: ['b.example'] },
  ]);
});
