import { byId, note, setText } from './dom.js';
import { drawEvents } from './event-view.js';
import { drawFlags } from './flag-view.js';
import { drawRelease } from './release-view.js';

const everyMs = 1_000;
const timeoutMs = 5_000;

/** One refresh after the other, the next a second later, for as long as someone looks. */
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
    drawFlags(overview.flags, toggle);
    drawEvents(overview.events);
    const away = overview.events === null;
    show(away ? 'Redis away' : 'live', away ? 'unreachable' : 'fresh');
  } catch (error) {
    show('console away', 'unreachable');
    console.warn('no overview', error);
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
    note(byId('notice'));
  } catch (error) {
    note(byId('notice'), `The flag ${key} was not switched: ${error.message}`);
  }
  await refresh();
}

/** The body of a good answer; the reason of another as an error. */
async function answer(request) {
  const response = await request;
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail ?? `the console answered ${response.status}`);
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
