import { byId, note, onChange, setText } from './dom.js';
import { capital } from './format.js';
import { post, read } from './requests.js';

/** Email address of the person who is signed in; null where nobody signs in. */
let person = null;
let isOver = false;

/** Draws who is signed in, of `overview.page`. */
export const drawPerson = onChange(({ person: email, isReadOnly }) => {
  person = email;
  byId('signed-in').hidden = email === null;
  setText(byId('person'), `${email ?? ''}${isReadOnly ? ', view only' : ''}`);
  byId('person').title = email ?? '';
});

/** Returns the name that every change has; null if the person gives one with each change. */
export function signedInName() {
  return person;
}

/** Returns true once the session of the page has ended. */
export function isSignedOut() {
  return isOver;
}

/** Says why the stream was refused, which it does not say itself; ends the page if nobody is signed in. */
export async function checkSession() {
  try {
    await read('/api/overview');
  } catch (error) {
    if (error.cause === 404) note(byId('alert'), capital(error.message));
    else console.warn('the console cannot be read', error);
  }
}

/** Says that the session has ended, above everything else that is open. */
function end() {
  if (isOver) return;
  isOver = true;
  const here = `${location.pathname}${location.search}`;
  byId('sign-in').href = `/sign-in?return=${encodeURIComponent(here)}`;
  byId('signed-in').hidden = true;
  byId('signed-out').showModal();
  byId('sign-in').focus();
}

async function signOut() {
  try {
    await post('/sign-in/out');
    // The page must not be one step back for whoever comes next.
    location.replace('/sign-in/out');
  } catch (error) {
    note(byId('alert'), `You are still signed in: ${error.message}`);
  }
}

addEventListener('signed-out', end);
byId('sign-out').addEventListener('click', () => void signOut());
