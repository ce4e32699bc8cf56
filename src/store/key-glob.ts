/**
 * Makes a test for names out of globs in which `*` stands for any characters; upper and lower case are the same. A glob
 * after `!` takes back what the globs before it have matched. It takes linear time whatever the name is.
 */
export const createKeyTest = (globs: readonly string[]): ((key: string) => boolean) => {
  const rules = globs.map((glob) => {
    const isWanted = !glob.startsWith('!');
    return { isWanted, matches: globTest(glob.slice(isWanted ? 0 : 1).toLowerCase()) };
  });
  return (key) => {
    const name = key.toLowerCase();
    return rules.findLast((rule) => rule.matches(name))?.isWanted ?? false;
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
