/**
 * What the log replaces when `hub.log.redact` says nothing. A glob is matched with a whole key, upper and lower case alike;
 * `!glob` keeps a key that an earlier glob took; `/pattern/flags` is matched within any text. Under a key that is taken,
 * texts are replaced, and numbers and truth values stay: a count of tokens is no secret.
 */
export const DEFAULT_REDACT: readonly string[] = [
  '*token*',
  '*secret*',
  '*password*',
  '*passwd*',
  '*passphrase*',
  '*credential*',
  '*authorization*',
  '*bearer*',
  '*api_key*',
  '*apikey*',
  '*api-key*',
  '*access_key*',
  '*accesskey*',
  '*access-key*',
  '*private_key*',
  '*privatekey*',
  '*private-key*',
  '*signing_key*',
  '*encryption_key*',
  '*connection_string*',
  '*connectionstring*',
  'cookie',
  'set-cookie',
  '*session_cookie*',
  'jwt',
  'otp',
  'totp',
  // Tokens that are places in a list, counts, or handles of the protocol.
  '!*page*token*',
  '!*progress*token*',
  '!*continuation*token*',
  '!*sync*token*',
  '!*next*token*',
  '!*max*token*',
  '!*tokens',
  '!*token_count*',
  '!*tokencount*',
  '!*token_type*',
  '!*tokentype*',
  '!*tokenizer*',
  // GitHub, GitLab, OpenAI and Anthropic, Slack, AWS, Google, npm, Stripe, Hugging Face.
  '/\\bgh[pousr]_[A-Za-z0-9]{16,}/g',
  '/\\bgithub_pat_[A-Za-z0-9_]{20,}/g',
  '/\\bglpat-[A-Za-z0-9_-]{16,}/g',
  '/\\bsk-[A-Za-z0-9_-]{16,}/g',
  '/\\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g',
  '/\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b/g',
  '/\\bAIza[A-Za-z0-9_-]{35,}/g',
  '/\\bnpm_[A-Za-z0-9]{30,}/g',
  '/\\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/g',
  '/\\bhf_[A-Za-z0-9]{30,}/g',
  '/\\b(?:Bearer|Basic) +[A-Za-z0-9._~+/-]{8,}=*/gi',
  // A JSON Web Token, a private key in PEM, the user and password of a URL.
  '/\\beyJ[A-Za-z0-9_-]{8,2000}\\.[A-Za-z0-9_-]{8,4000}\\.[A-Za-z0-9_-]*/g',
  '/-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g',
  '/(?<=\\b[a-z][a-z0-9+.-]{0,30}:\\/\\/)[^\\s/:@]*:[^\\s/@]+(?=@)/gi',
];

/** Stands for the whole list above in a list of the user's own. */
export const DEFAULT_REDACT_NAME = '@default';

/** The user's list with `@default` written out. */
export const expandRedact = (list: readonly string[]): readonly string[] =>
  list.flatMap((pattern) => (pattern === DEFAULT_REDACT_NAME ? DEFAULT_REDACT : [pattern]));
