import { byId, make, note, onChange, setText } from './dom.js';

const conditions = {
  waiting: 'No release was read yet.',
  unreachable: 'Redis does not answer: this is the last release known.',
  absent: 'Redis holds no release any more: this is the last one known.',
  invalid: 'Redis holds a release that cannot be read: this is the last good one.',
  regressed: 'Redis holds an older release than this one, which it had before.',
};

const trackOrder = ['stable', 'canary'];

/** Draws `overview.release` and `overview.proxies`. */
export const drawRelease = onChange(({ release: { condition, document }, proxies }) => {
  byId('release-body').hidden = document === null;
  note(byId('release-empty'), conditions[condition]);
  setText(byId('phase'), document?.phase ?? '');
  byId('phase').className = `chip ${document?.phase ?? ''}`;
  if (document === null) return;
  drawShare(document.weight);
  const at = new Date(document.updatedAt).toLocaleString();
  setText(
    byId('reason'),
    `${document.reason}, by ${document.updatedBy}, ${at}. ` +
      `Rollout ${document.rolloutId}, generation ${document.generation}, ` +
      `affinity ${document.affinity}.`,
  );
  byId('members').replaceChildren(...document.members.toSorted(inOrder).map(memberRow));
  drawProxies(proxies, document.generation);
});

function drawShare(weight) {
  const share = byId('share');
  const stable = Math.round((100 - weight) * 100) / 100;
  share.style.setProperty('--weight', String(weight));
  share.setAttribute('aria-label', `${stable} % of requests to stable, ${weight} % to the canary`);
  share.classList.toggle('without-canary', weight === 0);
  share.classList.toggle('without-stable', weight === 100);
  setText(byId('stable-share'), `${stable} %`);
  setText(byId('canary-share'), `${weight} %`);
}

function memberRow({ id, track, version, state, health, inFlight, host }) {
  return make(
    'tr',
    {},
    make('th', { scope: 'row' }, id),
    make('td', {}, make('span', { class: `track ${track}` }, track)),
    make('td', {}, version),
    make('td', {}, make('span', { class: `chip ${state}` }, state)),
    make('td', { class: `health ${health ?? 'unknown'}` }, health ?? 'unknown'),
    make('td', { class: 'number' }, inFlight === null ? '–' : String(inFlight)),
    make('td', {}, host),
  );
}

function drawProxies(proxies, generation) {
  setText(byId('proxies'), proxiesText(proxies, generation));
}

function proxiesText(proxies, generation) {
  if (proxies === null) return 'What the proxies report cannot be read.';
  if (proxies.length === 0) return 'No proxy reports.';
  const subject = proxies.length === 1 ? '1 proxy reports' : `${proxies.length} proxies report`;
  const behind = proxies.filter((proxy) => proxy.generation < generation).length;
  return `${subject}, ${behind === 0 ? 'all' : `${behind} not yet`} on generation ${generation}.`;
}

function inOrder(a, b) {
  return (
    trackOrder.indexOf(a.track) - trackOrder.indexOf(b.track) || a.id.localeCompare(b.id, 'en')
  );
}
