/** The secret values that were filled into a configuration, so that they can be taken out of texts for people and of the log. */
export interface SecretTexts {
  /** Takes note of a value that is a secret; gives it back. */
  add<T extends string | undefined>(value: T): T;
  /** Takes note of a value that stands where secrets do, and is none where it is a word or a number. */
  addLikely(value: string): void;
  /** The text with `[hidden]` in the place of each of them. */
  hide(text: string): string;
  /** A `/pattern/` of each, as in `hub.log.redact`. */
  patterns(): readonly string[];
}

/** Shorter values are parts of other texts. */
const MIN_SECRET_CHARS = 6;
const MIN_LIKELY_CHARS = 8;

/** Its members are functions, so that no value is told where a configuration is printed. */
export const createSecretTexts = (): SecretTexts => {
  const known = new Set<string>();
  let longestFirst: readonly string[] = [];

  const note = (value: string): void => {
    const text = value.trim();
    if (text.length < MIN_SECRET_CHARS || known.has(text)) return;
    known.add(text);
    // Within JSON text it may be written otherwise.
    known.add(JSON.stringify(text).slice(1, -1));
    longestFirst = [...known].sort((a, b) => b.length - a.length);
  };

  return {
    add(value) {
      if (value !== undefined) note(value);
      return value;
    },
    addLikely(value) {
      const text = value.replace(AUTH_SCHEME, '').trim();
      if (text.length >= MIN_LIKELY_CHARS && !/^(?:[a-z]+|[\d.,_-]+|true|false)$/i.test(text)) note(text);
    },
    hide: (text) => longestFirst.reduce((hidden, secret) => hidden.replaceAll(secret, '[hidden]'), text),
    patterns: () => longestFirst.map((secret) => `/${secret.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}/`),
  };
};

const AUTH_SCHEME = /^(?:bearer|basic|token|apikey)\s+/i;
