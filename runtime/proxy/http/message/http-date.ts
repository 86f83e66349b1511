let second = 0;
let text = '';

/** Returns the current time in the format of Date (RFC 9110 section 5.6.7), cached for a second. */
export function httpDate(): string {
  const now = Math.trunc(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
