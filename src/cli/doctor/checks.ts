import type { Check } from './check.ts';
import { checkClients } from './check-clients.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkDatabase } from './check-database.ts';
import { checkLogins } from './check-logins.ts';
import { checkNames } from './check-names.ts';
import { checkNode } from './check-node.ts';
import { checkPins } from './check-pins.ts';
import { checkProgram } from './check-program.ts';
import { checkServers } from './check-servers.ts';
import { checkSqliteTool } from './check-sqlite-tool.ts';
import { checkStateDirectory } from './check-state-directory.ts';
import { checkTools } from './check-tools.ts';

/** Every check, in the order in which its findings are told. A new one is a file beside this one, and a line here. */
export const CHECKS: readonly Check[] = [
  checkNode,
  checkProgram,
  checkStateDirectory,
  checkDatabase,
  checkSqliteTool,
  checkConfiguration,
  checkServers,
  checkLogins,
  checkPins,
  checkNames,
  checkTools,
  checkClients,
];
