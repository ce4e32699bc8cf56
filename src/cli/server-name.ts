import { usage } from './cli-errors.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Characters of a name that `add` lets in; longer ones would leave no room for the names of tools. */
const MAX_LENGTH = 40;

/**
 * Checks a name that is about to be stored. Files that were pasted may hold other names; they load with a sanitised
 * prefix.
 * @throws HubError `USAGE` with the rule and a name that would do.
 */
export const checkServerName = (name: string): void => {
  if (NAME.test(name) && name.length <= MAX_LENGTH) return;
  const better = name
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[_-]+|[_-]+$/g, '')
    .slice(0, MAX_LENGTH);
  const rule = `names are letters, digits, - and _, begin with a letter or digit, and have at most ${MAX_LENGTH} characters`;
  throw usage(
    `"${name}" cannot be the name of a server: ${rule}`,
    better === '' ? undefined : `for example: ${better}`,
  );
};
