/**
 * Says on stderr what is being done, does it, and adds how long it took.
 * @template T
 * @param {string} what a phrase such as `installing dependencies`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const withProgress = async (what, work) => {
  const startedAt = Date.now();
  process.stderr.write(`mcp-hub: ${what} ... `);
  try {
    const result = await work();
    process.stderr.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
};

/** A failure that one sentence explains; a script prints the sentence and no stack. */
export class Explained extends Error {}

/**
 * Runs a script's main function and sets the exit code; an `Explained` error is printed as its sentence.
 * @param {() => Promise<number>} main
 */
export const runMain = async (main) => {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`mcp-hub: ${error instanceof Explained ? error.message : error?.stack}\n`);
    process.exitCode = 1;
  }
};
