const SITE = 'https://modelcontextprotocol.io';

export const MODERN = `${SITE}/specification/2026-07-28`;
export const LEGACY = `${SITE}/specification/2025-11-25`;
export const TASKS = `${SITE}/seps/2663-tasks-extension`;
export const SECURITY = `${SITE}/docs/2026-07-28/tutorials/security/security_best_practices`;
