import { expect, test } from 'vitest';
import type { ListedTool } from '../../src/cli/tool-listing.ts';
import { toolText } from '../../src/cli/tool-text.ts';
import type { JsonObject } from '../../src/protocol/json.ts';

const tool = (ownName: string, definition: JsonObject = {}): ListedTool => {
  const name = `notes__${ownName}`;
  return { name, server: 'notes', ownName, definition: { name, inputSchema: { type: 'object' }, ...definition } };
};

const DESCRIPTION = 'Adds a note under a name.\nSays so to everybody who has asked for it.';

const ADD = tool('add_note', {
  description: DESCRIPTION,
  inputSchema: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'What it is called from then on, in letters and digits.' },
      colour: { enum: ['red', 'blue'] },
      size: {},
    },
    required: ['name'],
  },
});

const linesOf = (tools: readonly ListedTool[], withSchema: boolean, width: number | undefined): string[] =>
  toolText(tools, { withSchema, width }).split('\n');

test('tools are lines that fit into the terminal', () => {
  expect(linesOf([ADD, tool('list')], false, 40)).toEqual([
    expect.stringMatching(/^notes {3}2 tools, about \d+ tokens$/),
    '  notes__add_note  Adds a note under ...',
    '  notes__list',
    '',
  ]);
  for (const line of linesOf([ADD, tool('list')], false, 40)) expect(line.length).toBeLessThanOrEqual(40);
});

test('with their schemas they have all that a caller has to know, in lines that break at words', () => {
  expect(linesOf([ADD], true, 44).slice(1)).toEqual([
    '',
    '  notes__add_note',
    '    Adds a note under a name. Says so to',
    '    everybody who has asked for it.',
    '    name     string',
    '        What it is called from then on, in',
    '        letters and digits.',
    '    colour?  "red"|"blue"',
    '    size?    any',
    '',
  ]);
});

test('without a terminal lines are as long as they are with their schemas', () => {
  expect(linesOf([ADD], true, undefined)).toContain(`    ${DESCRIPTION.replace('\n', ' ')}`);
});

test('what servers write cannot steer the terminal', () => {
  const evil = 'x\u001b[2J\u202ey';
  const properties = { [evil]: { type: evil, description: evil } };
  const tools = [tool(evil, { description: evil, inputSchema: { type: 'object', properties } })];
  for (const withSchema of [false, true]) {
    const text = toolText(tools, { withSchema, width: 80 });
    for (const character of '\u001b\u202e') expect(text).not.toContain(character);
    expect(text).toContain('x\\u001b[2J\\u202ey');
  }
});
