import { reportsOf, type DoctorCheck } from '../survey.ts';

export const imageMissing: DoctorCheck = {
  name: 'image-missing',
  claim: 'every host has the images of the release',
  examine(survey) {
    const findings = reportsOf(survey).flatMap(({ name, report: { missingImages } }) =>
      missingImages.map((image) => ({
        subject: name,
        problem: 'lacks an image of the release',
        evidence: `no image ${image}`,
        remedy: `pull it there: docker pull ${image}; or deploy the stack again`,
      })),
    );
    return { findings, unchecked: [] };
  },
};
