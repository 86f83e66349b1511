/** One line of a container's log. */
export interface LogLine {
  /** Time at which Docker got it, RFC 3339 with nanoseconds: such times compare as text. */
  readonly at: string;
  /** Name of the container for people; see `ServiceContainer`. */
  readonly from: string;
  readonly text: string;
}

/** Message of the engine for a container whose log it does not keep. */
const unreadable = 'configured logging driver does not support reading';

/** True for the message of the engine, in place of a log, that there is none. */
export function saysUnreadable(line: string): boolean {
  return !stamped.test(line) && line.includes(unreadable);
}

const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) ?/;

/**
 * Reads a line of `docker logs --timestamps`. Pure.
 * @param before time of the line before it: a message of the engine itself has no time.
 */
export function parseLogLine(from: string, line: string, before: string): LogLine {
  const found = stamped.exec(line);
  if (found === null) return { at: before, from, text: line };
  const [all, at = before] = found;
  return { at, from, text: line.slice(all.length) };
}
