/**
 * The words in which a tool says that it has failed: the first text of its result
 * (https://modelcontextprotocol.io/specification/2025-11-25/server/tools#error-handling). Undefined where there is none, or
 * where the end of the result is missing.
 */
export const toolErrorText = (result: string): string | undefined => {
  try {
    const { content } = JSON.parse(result) as { readonly content?: unknown };
    return Array.isArray(content) ? content.find(isText)?.text : undefined;
  } catch {
    return undefined;
  }
};

const isText = (block: unknown): block is { readonly text: string } =>
  typeof (block as { readonly text?: unknown } | null)?.text === 'string';
