import { describe, expect, test } from 'vitest';
import { type JsonObject, parseLossless } from '../../src/protocol/json.ts';
import type { ResultBody } from '../../src/protocol/message.ts';
import { renameTaskUris, renameUris } from '../../src/relay/rename-uris.ts';

const NAMING = (uri: string): string | undefined =>
  uri === 'a:1' || uri === 'ui://a' ? `mcp-hub://two/${encodeURIComponent(uri)}` : undefined;

const body = (text: string): ResultBody => ({
  era: 'legacy',
  bytes: Buffer.from(text),
  value: JSON.parse(text) as JsonObject,
});

const renamed = (text: string): string => Buffer.from(renameUris(body(text), NAMING).bytes).toString();

describe('the URIs in a result', () => {
  test.each([
    ['what was read', '{"contents":[ {"uri":URI,"text":"x"} , {"uri":"b:2"}],"n":1.0}'],
    [
      'a link of a tool',
      '{"n":1e2,"content":[{"type":"text","text":"a:1"},{"name":"x","uri":URI,"type":"resource_link"}]}',
    ],
    ['an embedded resource of a tool', '{"content":[{"type":"resource","resource":{"text":"x","uri":URI}}]}'],
    ['a prompt', '{"messages":[{"role":"user","content":{"type":"resource","resource":{"uri":URI}}},{"role":"user"}]}'],
  ])('of %s are renamed, and nothing else', (_what, template) => {
    expect(renamed(template.replace('URI', '"a:1"'))).toBe(template.replace('URI', '"mcp-hub://two/a%3A1"'));
  });

  test.each([
    '{"content":[{"type":"text","uri":"a:1"}],"uri":"a:1","structuredContent":{"uri":"a:1"}}',
    '{"contents":{"uri":"a:1"},"content":"a:1","messages":[null,{"content":[]}]}',
    '{ "contents" : [ { "uri" : "b:2" } , 7, {"uri":7} ] }',
    '{}',
  ])('that name no resource, or one that keeps its URI, leave the body as it is: %s', (text) => {
    const before = body(text);
    expect(renameUris(before, NAMING)).toBe(before);
  });

  test.each(['{"_meta":{"a":1.0,"ui":{"resourceUri":URI}},"content":[]}', '{"_meta":{"ui/resourceUri":URI,"b":1}}'])(
    'of the user interface of a tool are renamed: %s',
    (template) =>
      expect(renamed(template.replace('URI', '"ui://a"'))).toBe(
        template.replace('URI', '"mcp-hub://two/ui%3A%2F%2Fa"'),
      ),
  );

  test('of a task that has ended are those of its result', () => {
    const task = '{"taskId":"t","ttlMs":1.0,"result":{"content":[{"type":"resource_link","uri":URI}],"n":1.0}}';
    expect(renamed(task.replace('URI', '"a:1"'))).toBe(task.replace('URI', '"mcp-hub://two/a%3A1"'));
    const noTask = '{"result":{"content":[{"type":"resource_link","uri":"a:1"}]}}';
    expect(renamed(noTask)).toBe(noTask);
  });

  test('of what is told of a task are renamed, and its numbers stay', () => {
    const task = parseLossless(
      '{"taskId":"t","ttlMs":9007199254740993,"result":{"contents":[{"uri":"a:1"}]}}',
    ) as JsonObject;
    expect(JSON.stringify(renameTaskUris(task, NAMING))).toBe(
      JSON.stringify(task).replace('a:1', 'mcp-hub://two/a%3A1'),
    );
    expect(renameTaskUris(task, undefined)).toBe(task);
    expect(renameTaskUris(task, () => undefined)).toBe(task);
  });

  test('are seen by whoever looks at the value', () => {
    expect(renameUris(body('{"contents":[{"uri":"a:1"}]}'), NAMING).value).toEqual({
      contents: [{ uri: 'mcp-hub://two/a%3A1' }],
    });
  });
});
