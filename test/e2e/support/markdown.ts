/** A line in a fenced block that a reader is to type. */
export interface ShownCommand {
  readonly words: readonly string[];
  readonly line: string;
}

/** The contents of the fenced blocks of a language, in their order. */
export const fencedBlocks = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\S*)[^\n]*\n([\s\S]*?)^```/gm)].flatMap(([, found, block]) =>
    found === language && block !== undefined ? [block] : [],
  );

/** The commands that a page shows in its `sh` blocks, without comments. */
export const shownCommands = (markdown: string): ShownCommand[] =>
  fencedBlocks(markdown, 'sh')
    .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ line, words: shellWords(line) }));

/** Splits a line into words as a shell does, as far as quotes and comments go. */
export const shellWords = (line: string): string[] => {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:^|\s)(#.*$)|((?:'[^']*'|"[^"]*"|[^\s'"])+)/g)) {
    const [, comment, word] = match;
    if (comment !== undefined) break;
    if (word !== undefined) words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
};

/** The targets of the links that point into the repository. */
export const relativeLinks = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) =>
    target === undefined || /^(https?:|mailto:|#)/.test(target) ? [] : [target.replace(/#.*$/, '')],
  );
