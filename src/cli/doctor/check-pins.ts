import type { Check, Finding } from './check.ts';
import { isReference, unpinnedPackage } from './unpinned-package.ts';

/**
 * Servers that are fetched anew, in whatever version there is, each time they start: a package that turns bad is run with
 * everything that the person may do.
 */
export const checkPins: Check = {
  name: 'pins',
  section: 'Servers',
  find: ({ config, declared }) =>
    (config?.upstreams ?? []).flatMap(({ name, enabled }): Finding[] => {
      const transport = declared.get(name)?.transport;
      if (!enabled || transport?.type !== 'stdio') return [];
      const found = unpinnedPackage([transport.command, ...transport.args]);
      if (found === undefined || isReference(found.package)) return [];
      return [
        {
          state: 'warning',
          server: name,
          message: `${found.package} is not pinned: each start may run another version`,
          fix: found.fix,
          details: { package: found.package, runner: found.runner },
        },
      ];
    }),
};
