import { describe, expect, test } from 'vitest';
import type { Subject } from '../../src/protocol/methods.ts';
import { candidates, resolve } from '../../src/relay/resolve.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { type Core, type CoreOptions, createCore } from '../support/create-core.ts';
import { createFakeUpstream, type Definitions, tool } from '../support/fake-upstream.ts';

const resource = (uri: string) => ({ uri, name: 'r' });
const template = (uriTemplate: string) => ({ uriTemplate, name: 't' });

const MATH: Definitions = { tools: [tool('add'), tool('sub'), tool('x.y')], prompts: [{ name: 'teach' }] };
const FILES: Definitions = {
  tools: [tool('read')],
  resources: [resource('file:///one'), resource('x:shared')],
  templates: [template('file:///dir/{name}')],
};

/** A core whose upstreams have said what they offer. */
const createKnown = async (
  definitions: Readonly<Record<string, Definitions>>,
  options?: CoreOptions,
): Promise<Core> => {
  const upstreams = Object.entries(definitions).map(([name, offered]) =>
    createFakeUpstream(name, { definitions: offered }),
  );
  const core = createCore(upstreams, options);
  for (const kind of ['tools', 'prompts', 'resources', 'templates'] as const) await core.view.catalog.ready(kind);
  return core;
};

const where = ({ view }: Core, subject: Subject, name: string): string | undefined => {
  const resolution = resolve(view, subject, name);
  return resolution && `${resolution.target.upstream} ${resolution.target.ownName} by ${resolution.via}`;
};

describe('a tool or prompt', () => {
  test('is found by its qualified name, and by nothing like it', async () => {
    verifies('tools:name:case');
    const core = await createKnown({ math: MATH, files: FILES });
    expect(where(core, 'tool', 'math__add')).toBe('math add by name');
    expect(where(core, 'prompt', 'math__teach')).toBe('math teach by name');
    for (const name of [
      'add',
      'math_add',
      'Math__add',
      'math__Add',
      'math__teach',
      'files__add',
      '__proto__',
      'constructor',
    ]) {
      expect(where(core, 'tool', name)).toBeUndefined();
    }
  });

  test('with a name that clients refuse is found by the name that it is listed under', async () => {
    const core = await createKnown({ math: MATH });
    const listed = core.view.catalog.list('tools').entries[2]?.listedName as string;
    expect(where(core, 'tool', listed)).toBe('math x.y by name');
    expect(where(core, 'tool', 'math__x.y')).toBeUndefined();
  });

  test('that is filtered out is unknown, by its own name, by its qualified name and by a route', async () => {
    const core = await createKnown(
      { math: MATH },
      { routes: [{ match: '*', to: ['math'] }], rules: { math: { isOffered: (_kind, name) => name !== 'add' } } },
    );
    for (const name of ['add', 'math__add', 'math_add']) expect(where(core, 'tool', name)).toBeUndefined();
    expect(where(core, 'tool', 'sub')).toBe('math sub by route');
  });

  test('that is renamed is found by its new name only', async () => {
    const core = await createKnown({ math: MATH }, { rules: { math: { rename: { add: 'plus' } } } });
    expect(where(core, 'tool', 'math__plus')).toBe('math add by name');
    expect(where(core, 'tool', 'math__add')).toBeUndefined();
  });

  test('is found without prefix where a route shows it so, and by its qualified name too', async () => {
    const core = await createKnown({ math: MATH }, { routes: [{ match: 'add', to: ['math'] }] });
    expect(where(core, 'tool', 'add')).toBe('math add by route');
    expect(where(core, 'tool', 'math__add')).toBe('math add by name');
    expect(resolve(core.view, 'tool', 'add')?.route?.index).toBe(0);
    expect(where(core, 'tool', 'sub')).toBeUndefined();
  });

  test('is found by what follows the literal beginning of a route', async () => {
    const core = await createKnown({ math: MATH }, { routes: [{ match: 'calc_*', to: ['math'] }] });
    expect(where(core, 'tool', 'calc_add')).toBe('math add by route');
    expect(where(core, 'tool', 'calc_nothing')).toBeUndefined();
  });

  test('goes to the first upstream of the first route that has it', async () => {
    const routes = [
      { match: 'r*', kind: 'prompt' as const, to: ['math'] },
      { match: 'r*', to: ['gone', 'math', 'files'] },
      { match: 'read', to: ['other'] },
    ];
    const core = await createKnown({ math: MATH, files: FILES, other: FILES }, { routes });
    expect(where(core, 'tool', 'read')).toBe('files read by route');
  });

  test('is never taken away from its qualified name by a route', async () => {
    const core = await createKnown(
      { math: MATH, other: { tools: [tool('math__add'), tool('add')] } },
      {
        routes: [{ match: 'math__*', to: ['other'] }],
      },
    );
    expect(where(core, 'tool', 'math__add')).toBe('math add by name');
  });
});

describe('a resource', () => {
  test('is found by its URI, by a template, by a hub URI and by an earlier result, in this order', async () => {
    verifies('resources:templates');
    const core = await createKnown({ files: FILES, notes: { resources: [resource('x:shared')] } });
    expect(where(core, 'resource', 'file:///one')).toBe('files file:///one by name');
    expect(where(core, 'resource', 'file:///dir/a')).toBe('files file:///dir/a by template');
    expect(where(core, 'resource', 'file:///dir/a/b')).toBeUndefined();
    core.view.catalog.learnUris('notes', { content: [{ type: 'resource_link', uri: 'x:learned' }] });
    expect(where(core, 'resource', 'x:learned')).toBe('notes x:learned by earlier result');
    core.view.catalog.learnUris('notes', { content: [{ type: 'resource_link', uri: 'file:///dir/a' }] });
    expect(where(core, 'resource', 'file:///dir/a')).toBe('files file:///dir/a by template');
  });

  test('that two upstreams list is the first one’s, and the other’s by its hub URI', async () => {
    const core = await createKnown({ files: FILES, notes: { resources: [resource('x:shared')] } });
    expect(where(core, 'resource', 'x:shared')).toBe('files x:shared by name');
    expect(where(core, 'resource', 'mcp-hub://notes/x%3Ashared')).toBe('notes x:shared by name');
    expect(where(core, 'resource', 'mcp-hub://notes/x%3Aother')).toBe('notes x:other by hub URI');
    expect(where(core, 'resource', 'mcp-hub://nobody/x%3Ashared')).toBeUndefined();
  });

  test('goes by a route before a template', async () => {
    const core = await createKnown(
      { files: FILES, notes: {} },
      {
        routes: [{ match: 'file:///dir/**', kind: 'resource', to: ['ghost', 'notes'] }],
      },
    );
    expect(where(core, 'resource', 'file:///dir/a')).toBe('notes file:///dir/a by route');
    expect(where(core, 'resource', 'file:///one')).toBe('files file:///one by name');
  });

  test('that is filtered out cannot be read, whichever way it is named', async () => {
    verifies('resources:uri:checked');
    const isOffered = (_kind: string, uri: string): boolean => !uri.startsWith('file:///dir/secret');
    const core = await createKnown({ files: FILES }, { rules: { files: { isOffered } } });
    core.view.catalog.learnUris('files', { content: [{ type: 'resource_link', uri: 'file:///dir/secret2' }] });
    for (const uri of ['file:///dir/secret', 'file:///dir/secret2', 'mcp-hub://files/file%3A%2F%2F%2Fdir%2Fsecret']) {
      expect(where(core, 'resource', uri)).toBeUndefined();
    }
    expect(where(core, 'resource', 'file:///dir/open')).toBe('files file:///dir/open by template');
  });
});

describe('the upstreams that may own a name', () => {
  const of = (names: readonly string[], options?: CoreOptions): Core =>
    createCore(
      names.map((name) => createFakeUpstream(name, { definitions: MATH })),
      options,
    );
  const ask = ({ view }: Core, subject: Subject, name: string): string[] => candidates(view, subject, name, '__');

  test('are those whose prefix it has', () => {
    const core = of(['math', 'files', 'math__more']);
    expect(ask(core, 'tool', 'math__add')).toEqual(['math']);
    expect(ask(core, 'tool', 'math__more__add')).toEqual(['math', 'math__more']);
  });

  test('are those that a route names, and those without prefix', () => {
    const core = of(['math', 'files', 'bare'], {
      routes: [{ match: 'calc_*', to: ['files'] }],
      rules: { bare: { prefix: '' } },
    });
    expect(ask(core, 'tool', 'calc_add')).toEqual(['files', 'bare']);
    expect(ask(core, 'tool', 'other')).toEqual(['bare']);
  });

  test('are all of them where the name may have been shortened, and for a URI', () => {
    const core = of(['math', 'files']);
    expect(ask(core, 'tool', 'add_0123abcd')).toEqual(['math', 'files']);
    expect(ask(core, 'resource', 'x:1')).toEqual(['math', 'files']);
  });

  test('are none whose list is known', async () => {
    const core = await createKnown({ math: MATH });
    expect(ask(core, 'tool', 'math__nothing')).toEqual([]);
    expect(ask(core, 'resource', 'x:1')).toEqual([]);
  });
});
