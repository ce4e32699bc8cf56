import type { HttpSettings } from '../../config/hub-config.ts';
import { HubError } from '../../errors/hub-error.ts';
import type { UpstreamAuth } from '../auth/upstream-auth.ts';

/** Where an HTTP upstream is, and what goes with each request to it. */
export interface HttpEndpoint {
  readonly url: URL;
  readonly headers: Headers;
  /** The URL without what may be a secret: user, password, query. */
  readonly label: string;
  /** The text with every secret of this endpoint replaced. */
  hideSecrets(text: string): string;
}

/** Shorter values are words of every text, not secrets. */
const MIN_SECRET_LENGTH = 6;

/**
 * Reads the settings of an HTTP upstream. A user and password in the URL become an `Authorization` header, as with other
 * programs; a header that is configured wins.
 * @throws HubError `UPSTREAM_START_FAILED`, without the value of any header.
 */
export const createHttpEndpoint = (name: string, settings: HttpSettings): HttpEndpoint => {
  const url = URL.parse(settings.url);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw wrong(name, 'its "url" is not an http or https URL');
  const headers = new Headers();
  const { username, password } = url;
  if (username !== '' || password !== '') {
    const pair = `${decode(username)}:${decode(password)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  for (const [header, value] of Object.entries(settings.headers)) {
    if (!setHeader(headers, header, value))
      throw wrong(name, `the header ${JSON.stringify(header)} has a character that HTTP cannot carry`);
  }
  const secrets = [...headers.values(), ...url.searchParams.values(), decode(password)]
    .flatMap((value) => [value, value.slice(value.indexOf(' ') + 1)])
    .filter((value) => value.length >= MIN_SECRET_LENGTH);
  return {
    url,
    headers,
    label: `${url.origin}${url.pathname}`,
    hideSecrets: (text) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, '[hidden]'), text),
  };
};

/** The same endpoint, which hides the token of its login too. */
export const withLogin = (endpoint: HttpEndpoint, auth: UpstreamAuth | undefined): HttpEndpoint =>
  auth === undefined ? endpoint : { ...endpoint, hideSecrets: (text) => auth.hideToken(endpoint.hideSecrets(text)) };

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The error of `Headers` would tell the value. */
const setHeader = (headers: Headers, header: string, value: string): boolean => {
  try {
    headers.set(header, value);
    return true;
  } catch {
    return false;
  }
};

const wrong = (name: string, why: string): HubError =>
  new HubError('UPSTREAM_START_FAILED', `${name} could not be started: ${why}`, {
    upstream: name,
    hint: 'correct it in the configuration',
  });
