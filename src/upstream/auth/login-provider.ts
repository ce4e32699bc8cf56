import type {
  OAuthClientInformationMixed,
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  OAuthTokens,
} from '@modelcontextprotocol/client';
import type { LoginSettings } from '../../config/hub-config.ts';
import { type LoginRecord, NO_CLIENT } from './login-record.ts';

export interface LoginProviderOptions {
  readonly settings: LoginSettings;
  readonly discovery: OAuthDiscoveryState;
  /** The login there was before. */
  readonly before: LoginRecord | undefined;
  readonly redirectUri: string;
  readonly state: string;
  /** The scopes that will be asked for, where they are known before the SDK chooses them. */
  readonly scope: string | undefined;
}

/** What the SDK's login functions ask for and hand over, for one login. Nothing is written before its end. */
export interface LoginProvider extends OAuthClientProvider {
  /** What they have come to; each member undefined until then. */
  readonly outcome: {
    authorizationUrl?: URL;
    client?: OAuthClientInformationMixed;
    tokens?: OAuthTokens;
    resource?: string;
  };
}

export const createLoginProvider = (options: LoginProviderOptions): LoginProvider => {
  const { settings, discovery, before, redirectUri, state } = options;
  const outcome: LoginProvider['outcome'] = {};
  let verifier = '';

  return {
    outcome,
    redirectUrl: redirectUri,
    clientMetadata: clientMetadata(
      redirectUri,
      discovery.authorizationServerMetadata?.token_endpoint_auth_methods_supported,
    ),
    ...(settings.clientMetadataUrl !== undefined && { clientMetadataUrl: settings.clientMetadataUrl }),
    state: () => state,
    clientInformation: ({ issuer } = { issuer: '' }) =>
      outcome.client ?? configuredClient(settings, issuer) ?? registeredClient(options, before, issuer),
    saveClientInformation: (client) => {
      outcome.client = client;
    },
    // A login begins anew, whatever there was: nothing is refreshed on the way.
    tokens: () => undefined,
    saveTokens: (tokens) => {
      outcome.tokens = tokens;
    },
    redirectToAuthorization: (url) => {
      outcome.authorizationUrl = url;
    },
    saveCodeVerifier: (codeVerifier) => {
      verifier = codeVerifier;
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState: () => {},
    saveResourceUrl: (url) => {
      outcome.resource = String(url);
    },
  };
};

/** As public a client as the server allows: what is on a person's machine can keep no secret of its author. */
const clientMetadata = (redirectUri: string, methods: readonly string[] | undefined): OAuthClientMetadata => {
  const method =
    methods === undefined || methods.includes('none')
      ? 'none'
      : ['client_secret_basic', 'client_secret_post'].find((candidate) => methods.includes(candidate));
  return {
    client_name: 'mcp-hub',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(method !== undefined && { token_endpoint_auth_method: method }),
  };
};

const configuredClient = ({ clientId, clientSecret }: LoginSettings, issuer: string) =>
  clientId === undefined
    ? undefined
    : { client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }), issuer };

/** The client of the login before, where it is of this issuer and may come back to the same place. */
const registeredClient = (
  { settings, redirectUri, scope }: LoginProviderOptions,
  before: LoginRecord | undefined,
  issuer: string,
): OAuthClientInformationMixed | undefined => {
  if (before === undefined || before.client.client_id === NO_CLIENT.client_id) return undefined;
  if (before.issuer !== issuer || before.redirectUri !== redirectUri) return undefined;
  // A registration may hold the scopes that it is for: for others it has to be made anew.
  const registered = 'scope' in before.client ? before.client.scope?.split(' ') : undefined;
  if (registered && scope?.split(' ').some((word) => !registered.includes(word))) return undefined;
  const isDocument = before.client.client_id === settings.clientMetadataUrl;
  const isConfiguredBefore = /^https:\/\//.test(before.client.client_id) && !isDocument;
  return isConfiguredBefore ? undefined : before.client;
};
