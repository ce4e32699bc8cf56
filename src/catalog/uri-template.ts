/** Tells whether a URI can be an expansion of a URI template (RFC 6570). */
export type UriMatcher = (uri: string) => boolean;

/** Longer URIs are covered by no template. */
const MAX_URI_LENGTH = 8192;

/** A template and a URI that are made to take long are given up after this many looks at a literal part. */
const MAX_STEPS = 10_000;

/**
 * Compiles a template: its literal parts must stand in the URI in their order, the first at its beginning and the last at
 * its end, and an expression without an operator may not span a `/`. Every expansion of the template matches, also by a
 * client that leaves characters in literal parts as they are which a URI cannot have. The time is bounded, and no regular
 * expression is made of the template, which comes from an upstream.
 * @param template well-formed: half of a surrogate pair cannot be encoded.
 */
export const compileUriTemplate = (template: string): UriMatcher => {
  const forms = [...new Set([template, encodeLiterals(template)])].map(split);
  return (uri) =>
    uri.length <= MAX_URI_LENGTH &&
    forms.some(({ first, gaps }) => uri.startsWith(first) && matchGaps(uri, first.length, gaps));
};

/**
 * What an expansion makes of the literal parts: characters that a URI cannot have come percent-encoded.
 * https://www.rfc-editor.org/rfc/rfc6570#section-3.1
 */
const encodeLiterals = (template: string): string =>
  template.replaceAll(/[^!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~{}]/gu, encodeURIComponent);

/** One expression, or several without anything between them, and the literal part that follows. */
interface Gap {
  readonly spansSlash: boolean;
  readonly literal: string;
}

/**
 * Takes the earliest place for each literal part. Where the rest does not fit, only a later end of the last gap that may
 * span a `/` can help: in a gap that may not, the earliest place is as good as any.
 */
const matchGaps = (uri: string, start: number, gaps: readonly Gap[]): boolean => {
  let position = start;
  let retry: { readonly index: number; readonly from: number } | undefined;
  let index = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const gap = gaps[index];
    if (gap === undefined && position === uri.length) return true;
    const at = gap === undefined ? -1 : findLiteral(uri, position, gap, index === gaps.length - 1);
    if (gap !== undefined && at !== -1) {
      if (gap.spansSlash) retry = { index, from: at + 1 };
      position = at + gap.literal.length;
      index += 1;
    } else if (retry === undefined || retry.index === index) {
      return false;
    } else {
      ({ index, from: position } = retry);
    }
  }
  return false;
};

/** Where the literal part after a gap begins, -1 where it is not; the last one ends the URI. */
const findLiteral = (uri: string, from: number, { spansSlash, literal }: Gap, isLast: boolean): number => {
  const at = isLast ? uri.length - literal.length : uri.indexOf(literal, from);
  if (at < from || !uri.startsWith(literal, at)) return -1;
  const slash = spansSlash ? -1 : uri.indexOf('/', from);
  return slash === -1 || slash >= at ? at : -1;
};

const split = (template: string): { readonly first: string; readonly gaps: readonly Gap[] } => {
  const gaps: Gap[] = [];
  let first: string | undefined;
  let spansSlash = false;
  let position = 0;
  const addLiteral = (literal: string): void => {
    if (first === undefined) first = literal;
    else gaps.push({ spansSlash, literal });
    spansSlash = false;
  };
  for (let open = template.indexOf('{'); open !== -1; open = template.indexOf('{', position)) {
    const close = template.indexOf('}', open);
    if (close === -1) break;
    if (open > position || first === undefined) addLiteral(template.slice(position, open));
    spansSlash ||= OPERATORS_WITH_SLASH.includes(template.charAt(open + 1));
    position = close + 1;
  }
  addLiteral(template.slice(position));
  return { first: first ?? '', gaps };
};

/** The operators of https://www.rfc-editor.org/rfc/rfc6570#section-2.2. */
const OPERATORS_WITH_SLASH = '+#/?&;.';
