import { BASE } from './requirements/base.ts';
import { CLIENT_FEATURES } from './requirements/client-features.ts';
import { HTTP } from './requirements/http.ts';
import { HTTP_LEGACY } from './requirements/http-legacy.ts';
import { PATTERNS } from './requirements/patterns.ts';
import { SERVER_FEATURES } from './requirements/server-features.ts';
import { STDIO } from './requirements/stdio.ts';
import { TASKS_AND_SECURITY } from './requirements/tasks-and-security.ts';
import { TOOLS } from './requirements/tools.ts';
import { VERSIONING } from './requirements/versioning.ts';

/**
 * What the specification asks of whoever stands between clients and servers, by name. What concerns only the program that a
 * person uses, or what a server does with its own data, is not in it; nor is OAuth, which the hub does not do.
 */
export const REQUIREMENTS = {
  ...BASE,
  ...VERSIONING,
  ...STDIO,
  ...HTTP,
  ...HTTP_LEGACY,
  ...PATTERNS,
  ...TOOLS,
  ...SERVER_FEATURES,
  ...CLIENT_FEATURES,
  ...TASKS_AND_SECURITY,
} as const;

export type RequirementId = keyof typeof REQUIREMENTS;
