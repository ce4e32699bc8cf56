import { expect } from 'vitest';
import type { RequirementId } from '../requirements.ts';

/**
 * Cites the requirements that the test around it verifies. `requirements.test.ts` reads the citations from the sources.
 * @throws Error outside of a test: then nothing is verified.
 */
export const verifies = (...ids: readonly [RequirementId, ...RequirementId[]]): void => {
  if (expect.getState().currentTestName === undefined) throw new Error(`${ids.join(', ')}: cited outside of a test`);
};
