import { byId, note, setText } from './dom.js';
import { drawEvents } from './event-view.js';
import { drawFlags } from './flag-view.js';
import { drawIncidents } from './incident-view.js';
import { drawMaintenance, drawRelease } from './release-view.js';

const everyMs = 1_000;
const timeoutMs = 5_000;

/** Refreshes the page every second while it is visible. */
async function follow() {
  if (document.visibilityState === 'visible') await refresh();
  setTimeout(follow, everyMs);
}

async function refresh() {
  try {
    const overview = await answer(
      fetch('/api/overview', { signal: AbortSignal.timeout(timeoutMs) }),
    );
    document.title = `${overview.service} · Perch`;
    setText(byId('service'), overview.service);
    drawRelease({ release: overview.release, proxies: overview.proxies });
    drawMaintenance(overview.maintenance);
    drawFlags(overview.flags, toggle);
    drawIncidents(overview.incidents);
    drawEvents(overview.events);
    const unreachable = overview.events === null;
    show(unreachable ? 'Redis unreachable' : 'live', unreachable ? 'unreachable' : 'fresh');
  } catch (error) {
    show('console unreachable', 'unreachable');
    console.warn('the console returned no overview', error);
  }
}

async function toggle(key) {
  try {
    await answer(
      fetch(`/flags/${encodeURIComponent(key)}/toggle`, {
        method: 'POST',
        signal: AbortSignal.timeout(timeoutMs),
      }),
    );
    note(byId('alert'));
  } catch (error) {
    note(byId('alert'), `Flag ${key} was not changed: ${error.message}`);
  }
  await refresh();
}

/** Returns the body of a successful response; throws the reason of a failure. */
async function answer(request) {
  const response = await request;
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? `the console responded with ${response.status}`);
  return body;
}

function show(text, condition) {
  const chip = byId('connection');
  setText(chip, text);
  chip.className = `chip ${condition}`;
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refresh();
});
void follow();
