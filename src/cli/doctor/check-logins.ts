import type { LoginStatus } from '../../hub/logins.ts';
import { readLogins } from '../listed-servers.ts';
import type { Check, Finding } from './check.ts';

/** Logins at remote servers that have expired, or were not granted what the server wants. A server without any says so itself. */
export const checkLogins: Check = {
  name: 'logins',
  section: 'Servers',
  find: async ({ context, config }) =>
    config === undefined
      ? []
      : [...(await readLogins(context, config))].flatMap(([name, login]) => findingOf(name, login)),
};

const findingOf = (server: string, { state, expiresAt }: LoginStatus): Finding[] => {
  const fix = `mcp-hub login ${server}`;
  switch (state) {
    case 'ok':
      return [];
    case 'expired':
      return [
        { state: 'fails', server, message: 'its login is over', fix, ...(expiresAt && { details: { expiresAt } }) },
      ];
    case 'needs_scope':
      return [{ state: 'warning', server, message: 'it wants more than its login was granted', fix }];
  }
};
