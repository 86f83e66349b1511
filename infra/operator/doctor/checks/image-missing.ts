import { reportsOf, type Check } from '../facts.ts';

export const imageMissing: Check = {
  name: 'image-missing',
  claim: 'every host has the images of the release',
  examine(facts) {
    const findings = reportsOf(facts).flatMap(({ name, report: { missingImages } }) =>
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
