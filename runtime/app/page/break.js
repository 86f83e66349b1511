// Breaks the canary when a visitor asks for it. The proxy chooses the member of each request, so this asks until
// it reaches a canary.
const mostTries = 200;
const misdirected = 421;
const faults = JSON.stringify({ 'error-share': 50 });

const button = document.getElementById('break');
const outcome = document.getElementById('break-outcome');

async function breakCanary() {
  for (let tries = 0; tries < mostTries; tries += 1) {
    // Without a cookie that keeps the visitor on one track.
    const response = await fetch('/faults?track=canary', {
      method: 'POST',
      body: faults,
      cache: 'no-store',
      credentials: 'omit',
    });
    if (response.ok) return 'The canary fails half of its requests now.';
    if (response.status !== misdirected) throw new Error(`status ${response.status}`);
  }
  return 'No canary answers: it has no share of the requests.';
}

async function breakAndSay() {
  button.disabled = true;
  outcome.textContent = 'Looking for the canary.';
  try {
    outcome.textContent = await breakCanary();
  } catch (error) {
    outcome.textContent = `The canary was not broken: ${error.message}.`;
  } finally {
    button.disabled = false;
  }
}

button.addEventListener('click', () => void breakAndSay());

document.getElementById('rehearsal').hidden = false;
