import { join } from 'node:path';
import { stateDirectory } from './state-directory.ts';

/** Where approvals of projects are kept, 0600. */
export const trustFile = (env: NodeJS.ProcessEnv): string => join(stateDirectory(env), 'trust.json');
