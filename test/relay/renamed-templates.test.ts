import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCore } from '../support/create-core.ts';
import { anyTemplate, anyValues, expandTemplate } from '../support/expand-template.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';

/** Reads what a client expands of the template that two upstreams claim, as the second has it. */
const readFromSecond = async (template: string, values: Parameters<typeof expandTemplate>[1]) => {
  const definitions = { resources: [], templates: [{ uriTemplate: template, name: 't' }] };
  const one = createFakeUpstream('one', { definitions });
  const two = createFakeUpstream('two', { definitions });
  const core = createCore([one, two]);
  const client = core.connect();
  const { result } = await client.modern('resources/templates/list');
  const listed = (result?.['resourceTemplates'] ?? []) as Array<{ uriTemplate: string }>;
  const uri = expandTemplate(listed[1]?.uriTemplate ?? '', values);
  await client.modern('resources/read', { uri });
  const [received] = two.calls.map(({ params }) => String(params['uri']));
  return { core, uri, received, strayed: one.calls.length };
};

test('what a client makes of a renamed template reaches its upstream as that would have been made of its own', async () => {
  await fc.assert(
    fc.asyncProperty(anyTemplate, anyValues, async (template, values) => {
      const { received, strayed } = await readFromSecond(template, values);
      expect(received).toBe(expandTemplate(template, values));
      expect(strayed).toBe(0);
    }),
  );
});

test('what a result calls it is what the client has asked for', async () => {
  await fc.assert(
    fc.asyncProperty(anyTemplate, anyValues, async (template, values) => {
      const { core, uri, received } = await readFromSecond(template, values);
      expect(core.view.catalog.uriNamingOf('two')?.(received ?? '')).toBe(uri);
    }),
  );
});
