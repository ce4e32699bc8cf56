import { createInterface, type Interface } from 'node:readline';
import type { HubConfig, UpstreamConfig } from '../../config/hub-config.ts';
import { stateDirectory } from '../../config/state-directory.ts';
import { HubError } from '../../errors/hub-error.ts';
import { canLogIn, type LoginPage, type LoginStatus, logInAt, logOutAt } from '../../hub/logins.ts';
import type { ProbeResult } from '../../hub/probe.ts';
import { printable } from '../../utils/printable.ts';
import { noSuchServer, usage } from '../cli-errors.ts';
import type { CliContext } from '../context.ts';
import type { LoginFlags } from '../declare-account-verbs.ts';
import { EXIT } from '../exit-codes.ts';
import { forgetOffer } from '../forget-offer.ts';
import { plural } from '../format.ts';
import { jsonText } from '../json-text.ts';
import { ignoredBecause, loadServers } from '../load-servers.ts';
import { openBrowser } from '../open-browser.ts';
import { reasonOf } from '../server-status.ts';
import { withHub } from '../with-hub.ts';

/** How long a person may take in the browser. */
const PATIENCE_MS = 300_000;

/** `login NAME`: takes the person to the server's page of login, keeps what comes of it, and tries the server. */
export const runLogin = async (context: CliContext, name: string, flags: LoginFlags): Promise<number> => {
  const config = await loadServers(context, flags);
  const upstream = requireRemote(config, name);
  const place = { stateDir: stateDirectory(context.env), env: context.env };
  const waiting = new AbortController();
  const late = setTimeout(() => waiting.abort(tooLate(name)), PATIENCE_MS);
  const signal = AbortSignal.any([context.interruption(), waiting.signal]);
  let pasted: Interface | undefined;
  try {
    const status = await logInAt(upstream, place, {
      signal,
      scope: flags.scope,
      visit: async (page) => {
        const isOpened = flags.browser && (await openBrowser(page.url, context.env));
        context.err(visitText(name, page, isOpened));
        if (!isOpened || context.stdin.isTTY === true) pasted = takePasted(context, page);
      },
    });
    await forgetOffer(context, upstream);
    const probe = await withHub(context, flags, { config }, ({ hub }) => hub.probe(name, { signal }));
    report(context, flags, status, probe);
    return EXIT.ok;
  } finally {
    clearTimeout(late);
    pasted?.close();
    context.stdin.pause();
  }
};

/** `logout NAME`: forgets the login, and asks its authorization server to end it. */
export const runLogout = async (context: CliContext, name: string, flags: LoginFlags): Promise<number> => {
  const upstream = requireRemote(await loadServers(context, flags), name);
  const place = { stateDir: stateDirectory(context.env), env: context.env };
  const { wasLoggedIn, isRevoked } = await logOutAt(upstream, place);
  if (!wasLoggedIn)
    throw new HubError('NOT_FOUND', `nobody is logged in at ${name}`, { hint: `log in: mcp-hub login ${name}` });
  await forgetOffer(context, upstream);
  if (flags.json === true) context.out(jsonText({ schemaVersion: 1, loggedOut: name, isRevoked }));
  else {
    const how = isRevoked ? ', and its authorization server has ended the login' : '';
    context.out(`logged out of ${printable(name)}${how}\n  undo  mcp-hub login ${printable(name)}\n`);
  }
  return EXIT.ok;
};

const requireRemote = (config: HubConfig, name: string): UpstreamConfig => {
  const upstream = config.upstreams.find((candidate) => candidate.name === name);
  if (upstream === undefined)
    throw noSuchServer(
      name,
      config.upstreams.map((candidate) => candidate.name),
      { ignoredBecause: ignoredBecause(config) },
    );
  if (upstream.transport.type === 'stdio')
    throw usage(`${name} is a command, and logins are for servers with a URL`, `look at it: mcp-hub get ${name}`);
  if (upstream.missingVariables.length > 0)
    throw new HubError('UPSTREAM_UNAVAILABLE', `${name} needs ${upstream.missingVariables.join(', ')}`, {
      upstream: name,
    });
  if (canLogIn(upstream)) return upstream;
  throw upstream.auth === false
    ? usage(`logins at ${name} are switched off`, `remove "auth": false of ${name} in the configuration`)
    : usage(`${name} is given its login by its configuration`, `remove "Authorization" from its "headers" first`);
};

const tooLate = (name: string): HubError =>
  new HubError('LOGIN_FAILED', `nobody came back from the login at ${name} within ${PATIENCE_MS / 60_000} minutes`, {
    upstream: name,
    hint: `try again: mcp-hub login ${name}, with --no-browser where the browser is on another machine`,
  });

const visitText = (name: string, { url, issuer, scope, redirectUri }: LoginPage, isOpened: boolean): string => {
  const what = scope === undefined ? '' : `, for ${printable(scope)}`;
  const asks = `${printable(name)} asks for a login at ${printable(issuer)}${what}.\n`;
  return isOpened
    ? `${asks}The browser opens its page. If it does not, open this address:\n  ${url.href}\n`
    : `${asks}Open this address in a browser:\n  ${url.href}\n` +
        `Where that browser is on another machine, it ends at an address that it cannot open, and that begins with\n` +
        `  ${redirectUri}\nPaste that address here:\n`;
};

/** Each line of standard input may be the address; what is none is told, and the next one taken. */
const takePasted = (context: CliContext, page: LoginPage): Interface => {
  const lines = createInterface({ input: context.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const fault = page.accept(line);
    if (fault !== undefined) context.err(`that address cannot be used: ${fault}\n`);
  });
  return lines;
};

const report = (context: CliContext, flags: LoginFlags, status: LoginStatus, probe: ProbeResult): void => {
  if (flags.json === true) {
    const tried = probe.ok
      ? { ok: true, tools: probe.tools }
      : { ok: false, reason: reasonOf(probe.name, probe.reason) };
    context.out(jsonText({ schemaVersion: 1, login: status, check: tried }));
    return;
  }
  const { upstream, issuer, scope, isRenewed, expiresAt } = status;
  const length = isRenewed
    ? 'it renews itself'
    : expiresAt === undefined
      ? 'it has no known end'
      : `until ${expiresAt}`;
  const granted = scope === '' ? '' : `, for ${printable(scope)}`;
  const found = probe.ok ? plural(probe.tools, 'tool') : `but: ${printable(reasonOf(probe.name, probe.reason))}`;
  context.out(
    `logged in at ${printable(upstream)} by ${printable(issuer)}${granted}; ${length}\n  ${found}\n  undo  mcp-hub logout ${printable(upstream)}\n`,
  );
};
