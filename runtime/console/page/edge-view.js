import { byId, keyedList, make, note, onChange, setText } from './dom.js';
import { dayOf, duration, timeOf } from './format.js';

const dayMs = 86_400_000;
/** Rest of a certificate's life from which it is marked. */
const endsSoonMs = 14 * dayMs;

/** Draws `overview.proxies` and `overview.silentProxies`, for the release's generation. */
export const drawProxies = onChange(({ proxies, silent, generation }) => {
  note(byId('proxies-empty'), emptyText(proxies, silent));
  setText(byId('proxies-applied'), appliedText(proxies ?? [], generation));
  list([
    ...(silent ?? []).map((proxy) => ({ ...proxy, isSilent: true })),
    ...(proxies ?? []).map((proxy) => ({ ...proxy, isBehind: proxy.generation < generation })),
  ]);
});

function emptyText(proxies, silent) {
  if (proxies === null) return 'The reports of the proxies cannot be read.';
  return proxies.length + silent.length === 0 ? 'No live proxy.' : undefined;
}

function appliedText(proxies, generation) {
  if (proxies.length === 0 || generation === null) return '';
  const applied = proxies.filter((proxy) => proxy.generation >= generation).length;
  return `${applied} of ${proxies.length} apply generation ${generation}`;
}

const list = keyedList(byId('proxy-list'), ({ id }) => id, proxyItem);

function proxyItem(proxy) {
  const problems = proxy.isSilent === true ? [] : problemsOf(proxy);
  const tone = proxy.isSilent === true ? 'bad' : problems.length > 0 ? 'warning' : 'good';
  const state = proxy.isSilent === true ? silentText(proxy) : [`generation ${proxy.generation}`];
  return make(
    'li',
    {},
    make(
      'div',
      { class: 'row' },
      make('span', { class: `dot ${tone}`, title: proxy.id }, proxy.host),
      make('span', { class: 'soft' }, ...state),
    ),
    ...problems.map((text) => make('p', { class: 'soft' }, text)),
  );
}

function silentText({ lastReportMs }) {
  return ['silent since ', timeOf(lastReportMs)];
}

function problemsOf({ isBehind, condition, withheld, clockError, isExhausted }) {
  return [
    ...(isBehind ? ['does not apply the newest generation yet'] : []),
    ...(condition === 'fresh' ? [] : [`its release document is ${condition}`]),
    ...(withheld === null ? [] : [withheldText(withheld)]),
    ...(clockError === null ? [] : [`its clock is ${clockError}`]),
    ...(isExhausted ? ['it lacked descriptors, ports or memory in the last minute'] : []),
  ];
}

function withheldText({ reason, evidence }) {
  const why = reason === 'unjudged' ? 'nobody judges the canary' : (evidence ?? 'harmful');
  return `gives the canary's share to stable: ${why}`;
}

/** Draws `overview.certificates`. */
export const drawCertificates = onChange((certificates) => {
  byId('certificates-title').hidden = certificates?.length === 0;
  setText(
    byId('certificates-title'),
    certificates === null ? 'Certificates: they cannot be read' : 'Certificates',
  );
  certificateList(certificates ?? []);
});

const certificateList = keyedList(
  byId('certificate-list'),
  ({ kind, hosts }) => `${kind} ${hosts.join(' ')}`,
  certificateItem,
);

const sources = {
  acme: 'renewed by itself',
  own: 'own certificate',
  files: 'read from files by the proxies',
};

function certificateItem({ hosts, kind, notAfterMs, problem }) {
  const leftMs = notAfterMs === null ? 0 : notAfterMs - Date.now();
  const tone = leftMs <= 0 ? 'bad' : problem !== null || leftMs < endsSoonMs ? 'warning' : 'good';
  return make(
    'li',
    {},
    make(
      'div',
      { class: 'row' },
      make('span', { class: `dot ${tone}` }, hosts.join(', ')),
      make('span', { class: 'soft' }, ...validity(notAfterMs, leftMs)),
    ),
    make('p', { class: 'soft' }, sources[kind]),
    ...(problem === null ? [] : [make('p', { class: 'soft' }, problem)]),
  );
}

function validity(notAfterMs, leftMs) {
  if (notAfterMs === null) return ['none yet'];
  if (leftMs <= 0) return ['ended ', dayOf(notAfterMs)];
  return [
    leftMs < dayMs ? `ends in ${duration(leftMs)}` : 'until ',
    ...(leftMs < dayMs ? [] : [dayOf(notAfterMs)]),
  ];
}
