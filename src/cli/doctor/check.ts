import type { HubConfig } from '../../config/hub-config.ts';
import type { ConfigLocation } from '../../config/locate.ts';
import type { ConfigValidation } from '../../config/validate.ts';
import type { ProbeResult } from '../../hub/probe.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import type { DeclaredServer } from '../declared-servers.ts';

/** `fails`: something does not work, `warning`: it works, and may not for long or for everybody. */
export type FindingState = 'ok' | 'warning' | 'fails';

/** What a check has found, in one sentence. Text of others in it is made printable where it is printed. */
export interface Finding {
  readonly state: FindingState;
  /** The server that it concerns, where it concerns one. */
  readonly server?: string;
  readonly message: string;
  /** The command that mends it, or what to do where no command does. There for all that is not `ok`. */
  readonly fix?: string;
  /** The same for programs. */
  readonly details?: JsonObject;
}

/** What the checks look at. It is collected once. */
export interface Examination {
  readonly context: CliContext;
  readonly flags: GlobalOptions;
  readonly stateDir: string;
  readonly location: ConfigLocation;
  readonly validation: ConfigValidation;
  /** Absent where the configuration cannot be used. */
  readonly config: HubConfig | undefined;
  readonly declared: ReadonlyMap<string, DeclaredServer>;
  /** What came of starting the servers that can be started, by name; undefined where none was to be started. */
  readonly probes: ReadonlyMap<string, ProbeResult> | undefined;
}

/** The headings under which findings are told, in this order. */
export const SECTIONS = ['Program', 'State', 'Configuration', 'Servers', 'Clients'] as const;

export interface Check {
  /** Stays the same over versions: scripts look for it. */
  readonly name: string;
  readonly section: (typeof SECTIONS)[number];
  readonly find: (examination: Examination) => readonly Finding[] | Promise<readonly Finding[]>;
}
