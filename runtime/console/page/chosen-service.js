const query = new URLSearchParams(location.search);

/** Service that the address of the page names; null: none, so that the console chooses. */
export const chosenService = query.get('service');

/** True if the address of the page is that of an incident. */
export const hasIncident = query.has('incident');

/** Adds the chosen service to the path of a request or of a link. */
export function aboutService(path) {
  if (chosenService === null) return path;
  const separator = path.includes('?') ? '&' : '?';
  const [address, ...fragment] = path.split('#');
  const named = `${address}${separator}service=${encodeURIComponent(chosenService)}`;
  return [named, ...fragment].join('#');
}
