import { scanMembers } from '../protocol/json-bytes.ts';
import type { OwnDefinition } from './read-list.ts';

/** Bytes of name, description and input schema of all tools: what they cost a model. */
export const definitionBytesOf = (tools: readonly OwnDefinition[]): number =>
  tools.reduce((total, tool) => total + toolDefinitionBytes(tool), 0);

/** Bytes of name, description and input schema of one tool. */
export const toolDefinitionBytes = ({ bytes }: OwnDefinition): number => {
  let total = 0;
  for (const { key, value } of scanMembers(bytes)) {
    if (COUNTED_MEMBERS.has(key)) total += value.end - value.start;
  }
  return total;
};

const COUNTED_MEMBERS: ReadonlySet<string> = new Set(['name', 'description', 'inputSchema']);
