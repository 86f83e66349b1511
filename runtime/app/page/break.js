// Lets a visitor break the canary, and mend it once Perch has ejected it, as often as they like.
const everyMs = 1_000;
const mostTries = 200;
const misdirected = 421;
const faults = JSON.stringify({ 'error-share': 50 });
// Share before the ejection. Another page may have seen it.
const usualWeight = 25;
const weightKey = 'perch-canary-weight';

const sentence = document.getElementById('canary-state');
const outcome = document.getElementById('break-outcome');
const buttons = { break: document.getElementById('break'), mend: document.getElementById('mend') };

// Without a cookie that keeps the visitor on one track.
function ask(path, options = {}) {
  return fetch(path, { cache: 'no-store', credentials: 'omit', ...options });
}

async function checked(response) {
  if (response.ok) return await response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(detail ?? `status ${response.status}`);
}

// The proxy chooses the member of each request, so this asks until it reaches a canary.
async function breakCanary() {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const response = await ask('/faults?track=canary', { method: 'POST', body: faults });
    if (response.status === misdirected) continue;
    await checked(response);
    return 'The canary fails half of its requests now. Watch in the console how it leaves.';
  }
  return 'No canary answers: it has no share of the requests.';
}

async function mendCanary() {
  const weight = Number(localStorage.getItem(weightKey) ?? usualWeight);
  const body = JSON.stringify({ weight });
  const canary = await checked(await ask('/faults/mend', { method: 'POST', body }));
  return `The canary is mended and has ${canary.weight}% of the requests again.`;
}

async function act(work, { busy, failure }) {
  const focused = document.activeElement;
  for (const button of Object.values(buttons)) button.disabled = true;
  outcome.textContent = busy;
  try {
    outcome.textContent = await work();
  } catch (error) {
    outcome.textContent = `${failure}: ${error.message}.`;
  } finally {
    for (const button of Object.values(buttons)) button.disabled = false;
    focused.focus();
  }
  await refresh();
}

function stateOf({ state, weight, isFaulty }) {
  if (state === 'none') return ['There is no canary.'];
  if (state === 'ejected') {
    return [
      'Perch has ejected the canary: stable serves every request. Mend it to try again.',
      'mend',
    ];
  }
  if (isFaulty)
    return ['The canary is broken. Perch ejects it once the evidence is clear.', 'mend'];
  if (weight === 0) return ['The canary has no share of the requests.', 'mend'];
  return [
    `The canary has ${weight}% of the requests. Let it fail half of them, and watch in the console how it leaves.`,
    'break',
  ];
}

function show(canary) {
  if (canary.weight > 0) localStorage.setItem(weightKey, canary.weight);
  const [text, offered] = stateOf(canary);
  if (sentence.textContent !== text) sentence.textContent = text;
  const isFocused = Object.values(buttons).includes(document.activeElement);
  for (const [name, button] of Object.entries(buttons)) button.hidden = name !== offered;
  // Who uses the keyboard keeps the focus on what can be done next.
  if (isFocused) buttons[offered]?.focus();
}

async function refresh() {
  if (document.visibilityState !== 'visible') return;
  try {
    const signal = AbortSignal.timeout(5 * everyMs);
    show(await checked(await ask('/faults/canary', { signal })));
  } catch (error) {
    sentence.textContent = `The state of the canary is unknown: ${error.message}.`;
  }
}

buttons.break.addEventListener(
  'click',
  () =>
    void act(breakCanary, {
      busy: 'Looking for the canary.',
      failure: 'The canary was not broken',
    }),
);
buttons.mend.addEventListener(
  'click',
  () => void act(mendCanary, { busy: 'Mending the canary.', failure: 'The canary was not mended' }),
);

document.getElementById('rehearsal').hidden = false;
setInterval(() => void refresh(), everyMs);
void refresh();
