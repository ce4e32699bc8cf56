import { describe, expect, test } from 'vitest';
import { DEFAULT_REDACT } from '../../src/config/default-redact.ts';

const patterns = DEFAULT_REDACT.flatMap((entry) => {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(entry) ?? [];
  return source === undefined ? [] : [new RegExp(source, flags)];
});
const redact = (text: string): string => patterns.reduce((result, pattern) => result.replaceAll(pattern, '***'), text);

const globs = DEFAULT_REDACT.filter((entry) => !entry.startsWith('/'));
const matches = (glob: string, key: string): boolean => new RegExp(`^${glob.replaceAll('*', '.*')}$`, 'i').test(key);
/** As the list is meant: a later `!glob` keeps what an earlier glob took. */
const isTaken = (key: string): boolean =>
  globs.reduce(
    (taken, glob) => (glob.startsWith('!') ? taken && !matches(glob.slice(1), key) : taken || matches(glob, key)),
    false,
  );

describe('what the log replaces by default', () => {
  test.each([
    'token',
    'GITHUB_TOKEN',
    'accessToken',
    'refresh_token',
    'id_token',
    'X-Auth-Token',
    'botToken',
    'client_secret',
    'password',
    'DB_PASSWD',
    'passphrase',
    'Authorization',
    'Proxy-Authorization',
    'api_key',
    'apiKey',
    'X-Api-Key',
    'aws_secret_access_key',
    'AccessKeyId',
    'privateKey',
    'Cookie',
    'set-cookie',
    'credentials',
    'connectionString',
    'bearer',
  ])('takes the key %s', (key) => {
    expect(isTaken(key)).toBe(true);
  });

  test.each([
    'nextPageToken',
    'page_token',
    'pageToken',
    'progressToken',
    'continuationToken',
    'syncToken',
    'next_token',
    'max_tokens',
    'maxTokens',
    'total_tokens',
    'inputTokens',
    'token_count',
    'token_type',
    'tokenizer',
    'key',
    'name',
    'author',
    'pwd',
    'path',
    'uri',
    'monkey',
    'keyword',
    'cookieBanner',
  ])('leaves the key %s', (key) => {
    expect(isTaken(key)).toBe(false);
  });

  test.each([
    'ghp_0123456789abcdefghij0123456789abcdef',
    'gho_0123456789abcdefghij',
    'github_pat_11ABCDEFG0abcdefghijkl_0123456789',
    'glpat-abcdefghij0123456789',
    'sk-proj-abcdefghijklmnop0123456789',
    'sk-ant-api03-abcdefghijklmnop',
    'xoxb-123456789012-abcdefghij',
    'AKIAIOSFODNN7EXAMPLE',
    'AIzaSyA-abcdefghijklmnopqrstuvwxyz012345',
    'npm_abcdefghijklmnopqrstuvwxyz0123456789',
    'hf_abcdefghijklmnopqrstuvwxyz012345',
    'sk_live_abcdefghijklmnop',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P',
  ])('takes %s out of a text', (secret) => {
    expect(redact(`before ${secret} after`)).toBe('before *** after');
    expect(redact(`"${secret}"`)).toBe('"***"');
  });

  test('takes bearer tokens, private keys and the users of addresses out of a text', () => {
    expect(redact('Authorization: Bearer abc.def-123456')).toBe('Authorization: ***');
    expect(redact('authorization: basic dXNlcjpwYXNz')).toBe('authorization: ***');
    expect(redact('a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb')).toBe('a\n***\nb');
    expect(redact('-----BEGIN PRIVATE KEY-----\nMIIE cut off')).toBe('***');
    expect(redact('see postgres://user:pa%20ss@db:5432/x and https://a.b/c')).toBe(
      'see postgres://***@db:5432/x and https://a.b/c',
    );
  });

  test('leaves ordinary texts', () => {
    const text =
      'The bearer of this ask-me-anything task-force-of-many-people at https://a.b:8080/x@1.2 has a sk-8 and ghp_x.';
    expect(redact(text)).toBe(text);
  });

  test.each(['eyJ-', 'sk-', 'a://', '-----BEGIN ', 'Bearer ', '://u:', 'AKIA', 'eyJaaaaaaaaa.'])(
    'takes no time to speak of for a text of many %s',
    (part) => {
      const text = part.repeat((64 * 1024) / part.length);
      const before = performance.now();
      redact(text);
      expect(performance.now() - before).toBeLessThan(2_000);
    },
  );
});
