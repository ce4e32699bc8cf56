/** A place in the sources of the tests that cites a requirement. */
export interface Citation {
  readonly id: string;
  /** `file:line`. */
  readonly place: string;
  /** What follows `test` or `it` where the test is declared, such as `.each` or `.fails`; undefined outside of a test. */
  readonly modifiers: string | undefined;
}

/** Finds what a source file cites, by its text alone: whether a test ran does not matter. */
export const citationsIn = (file: string, text: string): Citation[] =>
  [...text.matchAll(/\bverifies\(\s*('[^)]*)\)/g)].flatMap(({ index, [1]: list = '' }) => {
    const before = text.slice(0, index);
    const place = `${file}:${before.split('\n').length}`;
    const modifiers = [...before.matchAll(/^ *(?:test|it)((?:\.\w+)*)[<(]/gm)].at(-1)?.[1];
    return [...list.matchAll(/'([^']*)'/g)].map(({ [1]: id = '' }) => ({ id, place, modifiers }));
  });
