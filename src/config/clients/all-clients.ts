import { CLAUDE_CODE } from './claude-code.ts';
import { CLAUDE_DESKTOP } from './claude-desktop.ts';
import type { ClientDefinition } from './client.ts';
import { CLINE } from './cline.ts';
import { CODEX } from './codex.ts';
import { CONTINUE } from './continue.ts';
import { CURSOR } from './cursor.ts';
import { GEMINI } from './gemini.ts';
import { OPENCODE } from './opencode.ts';
import { VSCODE } from './vscode.ts';
import { WINDSURF } from './windsurf.ts';
import { ZED } from './zed.ts';

/** In the order in which they are shown, and in which the first owner of a name keeps it. */
export const CLIENTS: readonly ClientDefinition[] = [
  CLAUDE_DESKTOP,
  CLAUDE_CODE,
  CURSOR,
  VSCODE,
  WINDSURF,
  CODEX,
  GEMINI,
  ZED,
  OPENCODE,
  CLINE,
  CONTINUE,
];

/** The client that a word means, in whatever case; undefined where it means none. */
export const clientOf = (word: string): ClientDefinition | undefined => {
  const plain = word.toLowerCase().replaceAll(/[ _]/g, '-');
  return CLIENTS.find(({ id, name, aliases }) => [id, name.toLowerCase(), ...aliases].includes(plain));
};
