import { isJsonObject, type JsonObject, type JsonValue } from '../protocol/json.ts';
import { printable } from '../utils/printable.ts';
import { columns, cut, estimateTokens, plural, shortCount, wrapped } from './format.ts';
import { definitionBytes, type ListedTool } from './tool-listing.ts';

export interface ToolTextOptions {
  /** Shows the arguments and the whole descriptions. */
  readonly withSchema: boolean;
  /** Characters in a line of the terminal; undefined where there is none. */
  readonly width: number | undefined;
}

/** The tools for a person, below the servers that offer them: a line each, or with all that a caller has to know. */
export const toolText = (tools: readonly ListedTool[], options: ToolTextOptions): string => {
  const servers = Map.groupBy(tools, (tool) => tool.server);
  return [...servers].map(([server, own]) => serverText(server, own, options)).join('\n');
};

/** Of lines that go into a file or a pipe: descriptions are long. */
const USUAL_WIDTH = 100;
const FEWEST_DESCRIPTION_CHARS = 20;
const MOST_DESCRIPTION_CHARS = 1000;

const serverText = (server: string, tools: readonly ListedTool[], { withSchema, width }: ToolTextOptions): string => {
  const tokens = estimateTokens(tools.reduce((bytes, tool) => bytes + definitionBytes(tool), 0));
  const heading = `${printable(server)}   ${plural(tools.length, 'tool')}, about ${shortCount(tokens)} tokens\n`;
  return heading + (withSchema ? tools.map((tool) => toolWithSchema(tool, width)).join('') : toolLines(tools, width));
};

const toolLines = (tools: readonly ListedTool[], width = USUAL_WIDTH): string => {
  const names = tools.map((tool) => printable(tool.name));
  const room = width - Math.max(...names.map(({ length }) => length)) - '    '.length;
  const rows = tools.map(({ definition }, index) => [
    names[index] ?? '',
    cut(firstLine(definition['description']), Math.max(FEWEST_DESCRIPTION_CHARS, room)),
  ]);
  return columns(rows, '  ');
};

const firstLine = (description: JsonValue | undefined): string =>
  typeof description === 'string' ? printable(description.trim().split('\n', 1)[0] ?? '') : '';

const toolWithSchema = ({ name, definition }: ListedTool, width: number | undefined): string => {
  const schema = isJsonObject(definition['inputSchema']) ? definition['inputSchema'] : {};
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const required: readonly JsonValue[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const rows = properties.map(([key, property]) => [
    printable(key) + (required.includes(key) ? '' : '?'),
    isJsonObject(property) ? printable(typeText(property)) : 'any',
  ]);
  const lines = columns(rows, '    ').split('\n');
  const args = properties.map(([, property], index) => {
    const description = isJsonObject(property) ? property['description'] : undefined;
    return `${lines[index]}\n${paragraph(description, width, '        ')}`;
  });
  return `\n  ${printable(name)}\n${paragraph(definition['description'], width, '    ')}${args.join('')}`;
};

const typeText = (property: JsonObject): string => {
  if (Array.isArray(property['enum'])) return property['enum'].map((value) => JSON.stringify(value)).join('|');
  const { type } = property;
  return Array.isArray(type) ? type.join('|') : typeof type === 'string' ? type : 'any';
};

const paragraph = (description: JsonValue | undefined, width: number | undefined, indent: string): string => {
  const text = typeof description === 'string' ? description.trim().replaceAll(/\s+/g, ' ') : '';
  return text === '' ? '' : wrapped(printable(cut(text, MOST_DESCRIPTION_CHARS)), width, indent);
};
