/**
 * Makes a test for names out of globs in which `*` stands for any characters; upper and lower case are the same. It takes
 * linear time whatever the name is.
 */
export const createKeyTest = (globs: readonly string[]): ((key: string) => boolean) => {
  const tests = globs.map((glob) => globTest(glob.toLowerCase()));
  return (key) => {
    const name = key.toLowerCase();
    return tests.some((test) => test(name));
  };
};

const globTest = (glob: string): ((name: string) => boolean) => {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name === first;
  const middle = rest.filter((part) => part !== '');
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    return holdsInOrder(name.slice(first.length, name.length - last.length), middle);
  };
};

const holdsInOrder = (text: string, parts: readonly string[]): boolean => {
  let position = 0;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return true;
};
