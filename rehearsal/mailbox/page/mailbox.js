// Shows the emails of a rehearsal, newest first. What an email holds cannot run scripts or reach this page.
const everyMs = 1_000;

const byId = (id) => document.getElementById(id);
const shown = new Set();

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function emailItem({ subject, at, from, destination, body }, isOpen) {
  const sent = new Date(at * 1_000);
  const time = make('time', { datetime: sent.toISOString() }, sent.toLocaleTimeString());
  time.title = sent.toUTCString();
  const about = make(
    'span',
    { class: 'small' },
    time,
    ` · from ${from} to ${destination.to.join(', ')}`,
  );
  const summary = make('summary', {}, make('strong', {}, subject), about);
  const details = make('details', {}, summary, content(subject, body));
  details.open = isOpen;
  return make('li', {}, details);
}

function content(subject, { text, html }) {
  if (!html) return make('pre', {}, text ?? '');
  const frame = make('iframe', {
    title: `Email: ${subject}`,
    // Without scripts. Links open beside this page.
    sandbox: 'allow-same-origin allow-popups allow-popups-to-escape-sandbox',
  });
  frame.srcdoc = html.replace('<head>', '<head><base target="_blank">');
  const fit = () => {
    const { documentElement: page } = frame.contentDocument ?? {};
    if (page) frame.style.height = `${page.scrollHeight}px`;
  };
  frame.addEventListener('load', fit);
  addEventListener('resize', fit);
  return frame;
}

async function refresh() {
  try {
    const response = await fetch('/store', { signal: AbortSignal.timeout(5 * everyMs) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { emails } = await response.json();
    for (const email of emails.filter(({ messageId }) => !shown.has(messageId))) {
      shown.add(email.messageId);
      for (const other of byId('emails').querySelectorAll('details')) other.open = false;
      byId('emails').prepend(emailItem(email, true));
    }
    const text = { 0: 'No email yet', 1: '1 email' }[shown.size] ?? `${shown.size} emails`;
    if (byId('count').textContent !== text) byId('count').textContent = text;
    byId('note').hidden = shown.size > 0;
    byId('problem').hidden = true;
  } catch (error) {
    byId('problem').textContent = `The mailbox does not respond: ${error.message}.`;
    byId('problem').hidden = false;
  }
}

async function showLinks() {
  const links = await (await fetch('/links')).json();
  byId('links').append(...links.map(({ name, url }) => make('a', { href: url }, name)));
}

setInterval(() => void refresh(), everyMs);
void refresh();
void showLinks();
