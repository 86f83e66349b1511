import { byId, make, note, onChange, setText } from './dom.js';

const conditions = {
  waiting: 'No release has been read yet.',
  unreachable: 'Redis does not respond. This is the last known release.',
  absent: 'The release is gone from Redis. This is the last known release.',
  invalid: 'The release in Redis is invalid. This is the last valid release.',
  regressed: 'Redis holds an older release. This is the newest known release.',
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
    `Last change: ${document.reason}, by ${document.updatedBy}, ${at}. ` +
      `Rollout ${document.rolloutId}${stepText(document)}, generation ${document.generation}, ` +
      `affinity ${document.affinity}.`,
  );
  byId('members').replaceChildren(...document.members.toSorted(inOrder).map(memberRow));
  drawProxies(proxies, document.generation);
});

/** Draws `overview.maintenance`. */
export const drawMaintenance = onChange((maintenance) => {
  note(byId('maintenance'), maintenanceText(maintenance));
});

/** Undefined outside of a maintenance. */
function maintenanceText(maintenance) {
  if (maintenance === null) return undefined;
  const { current, stillAppliedBy } = maintenance;
  if (current !== null) {
    const since = new Date(current.since).toLocaleString();
    const what = current.hasPage ? 'a page of its own, or' : 'with';
    return `In maintenance since ${since}, by ${current.by}: requests get 503, ${what} "${current.message}"`;
  }
  if (stillAppliedBy.length === 0) return undefined;
  const proxies = stillAppliedBy.join(', ');
  return `Redis lost the maintenance that ${proxies} still apply: end it with "perch maintenance off".`;
}

function stepText({ plan, step }) {
  return plan.length > 1 ? `, step ${step + 1} of ${plan.length}` : '';
}

function drawShare(weight) {
  const share = byId('share');
  const stable = Math.round((100 - weight) * 100) / 100;
  share.style.setProperty('--weight', String(weight));
  share.setAttribute('aria-label', `${stable}% of requests to stable, ${weight}% to the canary`);
  share.classList.toggle('without-canary', weight === 0);
  share.classList.toggle('without-stable', weight === 100);
  setText(byId('stable-share'), `${stable}%`);
  setText(byId('canary-share'), `${weight}%`);
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
  if (proxies === null) return 'The reports of the proxies cannot be read.';
  if (proxies.length === 0) return 'No live proxy.';
  const applied = proxies.filter((proxy) => proxy.generation >= generation).length;
  const noun = proxies.length === 1 ? 'live proxy applies' : 'live proxies apply';
  return `${applied} of ${proxies.length} ${noun} generation ${generation}.`;
}

function inOrder(a, b) {
  return (
    trackOrder.indexOf(a.track) - trackOrder.indexOf(b.track) || a.id.localeCompare(b.id, 'en')
  );
}
