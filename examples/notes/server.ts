/**
 * A small MCP server of the legacy era with things to read: each note is a resource, a template reaches notes by their
 * name, prompts and templates complete their arguments, and adding a note announces that the list of resources has changed.
 *
 *     node examples/notes/server.ts
 *
 * The notes live in memory and are forgotten when the process ends.
 */
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const notes = new Map<string, string>([
  ['welcome', 'Notes are resources: read note:///welcome, or any other note by its name.'],
  ['shopping', 'Bread, olives, coffee.'],
]);

const server = new McpServer({ name: 'notes', version: '1.0.0' }, { instructions: 'Short notes, kept in memory.' });

const noteUri = (name: string): string => `note:///${encodeURIComponent(name)}`;

const namesStartingWith = (start: string): string[] => [...notes.keys()].filter((name) => name.startsWith(start));

/** The list of this template makes every note a resource, so `resources/list` is always up to date. */
const noteTemplate = new ResourceTemplate('note:///{name}', {
  list: () => ({
    resources: [...notes.keys()].map((name) => ({ uri: noteUri(name), name, mimeType: 'text/plain' })),
  }),
  complete: { name: namesStartingWith },
});

server.registerResource(
  'note',
  noteTemplate,
  { title: 'Note', description: 'One note, by its name.', mimeType: 'text/plain' },
  (uri, { name }) => {
    const text = notes.get(decodeURIComponent(String(name)));
    if (text === undefined) throw new Error(`There is no note named ${String(name)}.`);
    return { contents: [{ uri: uri.href, mimeType: 'text/plain', text }] };
  },
);

server.registerTool(
  'add_note',
  {
    title: 'Add a note',
    description: 'Keeps a note under a name; a note of the same name is replaced.',
    inputSchema: { name: z.string().min(1), text: z.string() },
    annotations: { destructiveHint: false, openWorldHint: false },
  },
  ({ name, text }) => {
    const isNew = !notes.has(name);
    notes.set(name, text);
    if (isNew) server.sendResourceListChanged();
    return {
      content: [
        { type: 'text', text: `Kept ${name}.` },
        { type: 'resource_link', uri: noteUri(name), name, mimeType: 'text/plain' },
      ],
    };
  },
);

server.registerTool(
  'list_notes',
  {
    title: 'List notes',
    description: 'Names all notes.',
    inputSchema: {},
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  () => ({ content: [{ type: 'text', text: [...notes.keys()].join('\n') }] }),
);

server.registerTool(
  'search_notes',
  {
    title: 'Search notes',
    description: 'Finds the notes whose name or text contains some words.',
    inputSchema: { words: z.string().min(1) },
    outputSchema: { found: z.array(z.object({ name: z.string(), text: z.string() })) },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  ({ words }) => {
    const wanted = words.toLowerCase();
    const found = [...notes]
      .map(([name, text]) => ({ name, text }))
      .filter((note) => `${note.name}\n${note.text}`.toLowerCase().includes(wanted));
    return { content: [{ type: 'text', text: JSON.stringify(found) }], structuredContent: { found } };
  },
);

server.registerPrompt(
  'summarize_note',
  {
    title: 'Summarize a note',
    description: 'Puts a note into the conversation and asks for a summary.',
    argsSchema: { name: completable(z.string().describe('Name of the note'), namesStartingWith) },
  },
  ({ name }) => ({
    messages: [
      {
        role: 'user',
        content: {
          type: 'resource',
          resource: { uri: noteUri(name), mimeType: 'text/plain', text: notes.get(name) ?? '' },
        },
      },
      { role: 'user', content: { type: 'text', text: `Summarize the note ${name} in one sentence.` } },
    ],
  }),
);

await server.connect(new StdioServerTransport());
