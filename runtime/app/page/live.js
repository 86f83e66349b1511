// Shows the latest responses without a reload: requests /version every two seconds while the page is visible.
const everyMs = 2_000;
const maxAnswers = 30;

const own = document.body.dataset.track;
const section = document.getElementById('live');
const list = document.getElementById('answers');
const count = document.getElementById('count');
const tracks = [];

async function ask() {
  try {
    const response = await fetch('/version', {
      cache: 'no-store',
      signal: AbortSignal.timeout(everyMs),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const answer = await response.json();
    show(answer.track, `${answer.track}, version ${answer.version}`);
    // The page keeps the colour of the track that served it.
    if (answer.track === own) document.body.style.backgroundColor = answer.background;
  } catch (error) {
    show('none', `no response: ${error.message}`);
  }
}

function show(track, title) {
  tracks.push(track);
  const item = document.createElement('li');
  item.className = track;
  item.title = title;
  list.append(item);
  if (tracks.length > maxAnswers) {
    tracks.shift();
    list.firstElementChild.remove();
  }
  const of = (name) => tracks.filter((track) => track === name).length;
  const failed = of('none');
  count.textContent =
    `Last ${tracks.length}: ${of('stable')} stable, ${of('canary')} canary` +
    (failed > 0 ? `, ${failed} failed` : '');
}

function askWhileVisible() {
  if (document.visibilityState === 'visible') void ask();
}

section.hidden = false;
setInterval(askWhileVisible, everyMs);
askWhileVisible();
