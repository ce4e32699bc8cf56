/** Tells whether a URI can be an expansion of a URI template (RFC 6570). */
export type UriMatcher = (uri: string) => boolean;

/**
 * Compiles a template: its literal parts must stand in the URI in their order, the first at its beginning and the last at
 * its end, and an expression without an operator may not span a `/`. Linear in the length of the URI, and no regular
 * expression is made of the template, which comes from an upstream.
 */
export const compileUriTemplate = (template: string): UriMatcher => {
  const { literals, spansSlash } = split(template);
  return (uri) => {
    const [first = '', ...rest] = literals;
    if (!uri.startsWith(first)) return false;
    let position = first.length;
    for (const [index, literal] of rest.entries()) {
      const isLast = index === rest.length - 1;
      const at =
        isLast && literal === '' ? uri.length : isLast ? uri.length - literal.length : uri.indexOf(literal, position);
      if (at < position || !uri.startsWith(literal, at)) return false;
      if (!spansSlash[index] && uri.slice(position, at).includes('/')) return false;
      position = at + literal.length;
    }
    return position === uri.length;
  };
};

interface TemplateParts {
  /** One more than there are expressions. */
  readonly literals: readonly string[];
  readonly spansSlash: readonly boolean[];
}

const split = (template: string): TemplateParts => {
  const literals: string[] = [];
  const spansSlash: boolean[] = [];
  let position = 0;
  for (let open = template.indexOf('{'); open !== -1; open = template.indexOf('{', position)) {
    const close = template.indexOf('}', open);
    if (close === -1) break;
    literals.push(template.slice(position, open));
    spansSlash.push('+#/?&;.'.includes(template.charAt(open + 1)));
    position = close + 1;
  }
  return { literals: [...literals, template.slice(position)], spansSlash };
};
