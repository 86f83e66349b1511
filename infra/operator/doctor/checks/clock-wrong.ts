import { reportsOf, type DoctorCheck } from '../survey.ts';

/** Offset that can be told from the way of the question and from whole seconds. */
const wrongMs = 3_000;

export const clockWrong: DoctorCheck = {
  name: 'clock-wrong',
  claim: 'the clocks of all hosts agree with the one here',
  examine(survey) {
    const reports = reportsOf(survey);
    const wrong = reports.filter(
      ({ report: { clockOffsetMs, clockErrorMs } }) =>
        Math.abs(clockOffsetMs) - clockErrorMs >= wrongMs,
    );
    // If all hosts agree with each other, the clock here is the wrong one.
    const offsets = wrong.map(({ report }) => report.clockOffsetMs);
    const spreadMs = Math.max(...offsets) - Math.min(...offsets);
    const isHere = reports.length > 1 && wrong.length === reports.length && spreadMs < wrongMs;
    const findings = wrong.map(({ name, report: { clockOffsetMs } }) => ({
      subject: name,
      problem: isHere ? 'has another time than this machine' : 'its clock is wrong',
      evidence: `${(Math.abs(clockOffsetMs) / 1_000).toFixed(0)} s ${clockOffsetMs > 0 ? 'ahead of' : 'behind'} this machine`,
      remedy: isHere
        ? 'all hosts agree, so set the clock of this machine'
        : 'turn on time synchronisation there: timedatectl set-ntp true',
    }));
    return { findings, unchecked: [] };
  },
};
