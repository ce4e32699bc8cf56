import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Vault, VaultEntry } from '../../vault/vault.ts';
import { type AskedScope, createAskedScope } from './asked-scope.ts';
import { type LoginRecord, type LoginState, stateOf } from './login-record.ts';

/** Which login is meant: the same server may be configured twice, for two accounts. */
export interface LoginOwner {
  /** The upstream. */
  readonly name: string;
  /** Of the upstream; what may be a secret in it does not count. */
  readonly url: string;
}

/** The login of one upstream, shared with every other hub of this person. Throws as the vault does. */
export interface LoginStore {
  /** Changes with each write of any process; undefined while nothing is kept. */
  stamp(): string | undefined;
  read(): Promise<LoginRecord | undefined>;
  write(record: LoginRecord): Promise<void>;
  /** False where there was none. */
  remove(): Promise<boolean>;
  /** Runs `work` while no other process changes this login. Not for use within itself. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** What the server has asked for while nobody was logged in. */
  readonly asked: AskedScope;
}

const PREFIX = 'login:';

export const createLoginStore = (vault: Vault, owner: LoginOwner): LoginStore => {
  const key = keyOf(owner);
  return {
    stamp: vault.stamp,
    async read() {
      const text = await vault.read(key);
      return text === undefined ? undefined : (JSON.parse(text) as LoginRecord);
    },
    write: (record) => vault.write(key, JSON.stringify(record), factsOf(owner, record)),
    remove: () => vault.remove(key),
    alone: (work) => vault.alone(`login-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`, work),
    asked: createAskedScope(dirname(vault.file), key),
  };
};

/** The login of an upstream as it is told to people and programs; there is no secret in it. */
export interface LoginStatus {
  readonly upstream: string;
  readonly state: LoginState;
  readonly issuer: string;
  /** What was granted, or else asked for; empty where the server does not say. */
  readonly scope: string;
  /** ISO 8601; absent where the server does not say. */
  readonly expiresAt?: string;
  /** Whether it renews itself. */
  readonly isRenewed: boolean;
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** Reads it without the key. Undefined where there is no login. */
export const readLoginStatus = (vault: Vault, owner: LoginOwner, now = Date.now()): LoginStatus | undefined => {
  const key = keyOf(owner);
  const entry = vault.list(key).find(({ name }) => name === key);
  return entry && statusOf(owner.name, entry, now);
};

const statusOf = (upstream: string, { facts }: VaultEntry, now: number): LoginStatus => {
  const expiresAt = Number(facts['expiresAt'] ?? 0);
  const isRenewed = facts['isRenewed'] === true;
  const isOver = !isRenewed && expiresAt > 0 && expiresAt <= now;
  return {
    upstream,
    state: isOver ? 'expired' : (facts['state'] as LoginState),
    issuer: String(facts['issuer'] ?? ''),
    scope: String(facts['scope'] ?? ''),
    ...(expiresAt > 0 && { expiresAt: new Date(expiresAt).toISOString() }),
    isRenewed,
    updatedAt: String(facts['updatedAt'] ?? ''),
  };
};

const factsOf = ({ name }: LoginOwner, record: LoginRecord) => ({
  upstream: name,
  state: stateOf(record),
  issuer: record.issuer,
  scope: record.tokens?.scope ?? '',
  expiresAt: record.tokens?.expiresAt ?? 0,
  isRenewed: record.tokens?.refresh_token !== undefined,
  updatedAt: new Date().toISOString(),
});

const keyOf = ({ name, url }: LoginOwner): string => {
  const parsed = URL.parse(url);
  return `${PREFIX}${name} ${parsed === null ? url : `${parsed.origin}${parsed.pathname}`}`;
};
