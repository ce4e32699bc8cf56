import { isJsonObject, type JsonObject } from '../../protocol/json.ts';

/** One request of the demo's client, and what its answer must show. */
export interface DemoStep {
  readonly upstream: 'math' | 'notes' | 'weather';
  readonly method: 'tools/call' | 'prompts/get' | 'resources/read' | 'completion/complete';
  /** What is asked for, in a word for the reader. */
  readonly kind: 'tool' | 'prompt' | 'resource' | 'completion';
  /** How the request is shown to the reader. */
  readonly title: string;
  readonly params: JsonObject;
  /** The part of the answer that is shown. */
  readonly shown: (result: JsonObject) => unknown;
  /** A text that the shown part must contain. */
  readonly expected: string;
  /** Whether reports of progress are asked for. Default: false. */
  readonly hasProgress?: boolean;
  /** A notification that must come with it. Default: none. */
  readonly notification?: string;
  /** Whether the tool is to say that it failed. Default: false. */
  readonly isToolError?: boolean;
}

type Request = Pick<DemoStep, 'method' | 'kind' | 'title' | 'params' | 'shown'>;

const tool = (name: string, args: JsonObject): Request => ({
  method: 'tools/call',
  kind: 'tool',
  title: `${name} ${JSON.stringify(args)}`,
  params: { name, arguments: args },
  shown: (result) => firstOf(result['content'])?.['text'],
});

const resource = (uri: string): Request => ({
  method: 'resources/read',
  kind: 'resource',
  title: uri,
  params: { uri },
  shown: (result) => firstOf(result['contents'])?.['text'],
});

const firstOf = (list: unknown): JsonObject | undefined => {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isJsonObject(first) ? first : undefined;
};

const textOfMessage = (result: JsonObject): unknown => {
  const content = firstOf(result['messages'])?.['content'];
  return isJsonObject(content) ? content['text'] : undefined;
};

/** What the demo's client asks for, in this order. */
export const DEMO_STEPS: readonly DemoStep[] = [
  { upstream: 'math', ...tool('math__add', { a: 19, b: 23 }), expected: '42' },
  { upstream: 'math', ...tool('math__divide', { dividend: 17, divisor: 5 }), expected: '"quotient":3' },
  { upstream: 'math', ...tool('math__count_primes', { limit: 100_000 }), expected: '9592', hasProgress: true },
  {
    upstream: 'math',
    ...tool('math__divide', { dividend: 1, divisor: 0 }),
    expected: 'Cannot divide by zero',
    isToolError: true,
  },
  {
    upstream: 'math',
    method: 'prompts/get',
    kind: 'prompt',
    title: 'math__explain_calculation {"expression":"6 * 7"}',
    params: { name: 'math__explain_calculation', arguments: { expression: '6 * 7' } },
    shown: textOfMessage,
    expected: '6 * 7',
  },
  {
    upstream: 'notes',
    ...tool('notes__add_note', { name: 'demo', text: 'Through the hub.' }),
    expected: 'Kept demo',
    notification: 'notifications/resources/list_changed',
  },
  { upstream: 'notes', ...resource('note:///demo'), expected: 'Through the hub.' },
  { upstream: 'notes', ...tool('notes__search_notes', { words: 'olives' }), expected: 'shopping' },
  {
    upstream: 'weather',
    ...tool('weather__forecast', { place: 'Oslo', days: 2 }),
    expected: 'Oslo, 2026-07-29',
    hasProgress: true,
  },
  { upstream: 'weather', ...resource('weather://places'), expected: 'Lisbon' },
  {
    upstream: 'weather',
    method: 'completion/complete',
    kind: 'completion',
    title: 'weather__pack_for_trip, a place that begins with O',
    params: {
      ref: { type: 'ref/prompt', name: 'weather__pack_for_trip' },
      argument: { name: 'place', value: 'O' },
    },
    shown: (result) => (result['completion'] as { values?: string[] } | undefined)?.values?.join(', '),
    expected: 'Oslo, Osaka',
  },
];
