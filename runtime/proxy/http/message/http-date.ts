let second = 0;
let text = '';

/** The time now as Date states it (RFC 9110 section 5.6.7), worked out once a second. */
export function httpDate(): string {
  const now = Math.trunc(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
