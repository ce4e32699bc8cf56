/** A tool that is called in the demo. */
export interface DemoTool {
  readonly server: string;
  readonly name: string;
  /** Of name, description and schema. */
  readonly definitionBytes: number;
  readonly isReadOnly: boolean;
  /** Middle of how long it takes. */
  readonly usualMs: number;
  readonly arguments: readonly Readonly<Record<string, unknown>>[];
  /** Text of its result; text that is JSON is shown as such. */
  readonly answer: unknown;
  /** What it says when it fails, and how often that is. */
  readonly failure?: { readonly text: string; readonly share: number; readonly outcome: 'tool_error' | 'timeout' };
}

const tool = (
  server: string,
  name: string,
  usualMs: number,
  definitionBytes: number,
  rest: Pick<DemoTool, 'arguments' | 'answer'> & Partial<DemoTool>,
): DemoTool => ({ server, name, usualMs, definitionBytes, isReadOnly: true, ...rest });

export const DEMO_TOOLS: readonly DemoTool[] = [
  tool('github', 'search_issues', 120, 1210, {
    arguments: [
      { query: 'repo:acme/shop is:open label:bug', per_page: 20 },
      { query: 'repo:acme/shop login in:title', sort: 'updated' },
    ],
    answer: {
      total_count: 3,
      items: [
        { number: 1412, title: 'Login fails after an update', state: 'open', labels: ['bug', 'auth'], comments: 7 },
        { number: 1398, title: 'Session is lost on reload', state: 'open', labels: ['bug'], comments: 2 },
        { number: 1377, title: 'Login page: wrong tab order', state: 'open', labels: ['a11y'], comments: 0 },
      ],
    },
  }),
  tool('github', 'get_issue', 90, 620, {
    arguments: [
      { owner: 'acme', repo: 'shop', number: 1412 },
      { owner: 'acme', repo: 'shop', number: 1398 },
    ],
    answer: {
      number: 1412,
      title: 'Login fails after an update',
      state: 'open',
      body: 'Steps:\n1. Update to 4.2\n2. Log in',
    },
  }),
  tool('github', 'create_issue', 310, 940, {
    isReadOnly: false,
    arguments: [
      {
        owner: 'acme',
        repo: 'shop',
        title: 'Login fails',
        body: 'Steps to reproduce:\n1. open /login\n2. press Enter',
        labels: ['bugg'],
      },
    ],
    answer: { number: 1413, url: 'https://github.com/acme/shop/issues/1413' },
    failure: { text: "422 Validation Failed: label 'bugg' not found", share: 0.25, outcome: 'tool_error' },
  }),
  tool('github', 'get_file_contents', 140, 700, {
    arguments: [{ owner: 'acme', repo: 'shop', path: 'src/login.ts', ref: 'main' }],
    answer:
      'export const login = async (form: LoginForm) => {\n  const session = await open(form);\n  return session;\n};\n',
  }),
  tool('github', 'list_commits', 180, 560, {
    arguments: [{ owner: 'acme', repo: 'shop', per_page: 10 }],
    answer: [
      { sha: '9f3c1e2', message: 'Keep the session on reload' },
      { sha: '41b07aa', message: 'Name the button' },
    ],
  }),
  tool('github', 'create_pull_request', 420, 890, {
    isReadOnly: false,
    arguments: [{ owner: 'acme', repo: 'shop', title: 'Keep the session', head: 'fix/session', base: 'main' }],
    answer: { number: 1414, url: 'https://github.com/acme/shop/pull/1414' },
  }),
  tool('playwright', 'browser_navigate', 1500, 480, {
    isReadOnly: false,
    arguments: [{ url: 'https://shop.example/login' }, { url: 'https://shop.example/cart' }],
    answer: 'Page URL: https://shop.example/login\nPage title: Log in | Shop',
    failure: { text: 'net::ERR_CONNECTION_REFUSED', share: 0.05, outcome: 'tool_error' },
  }),
  tool('playwright', 'browser_snapshot', 620, 300, {
    arguments: [{}],
    answer: '- heading "Log in" [level=1]\n- textbox "E-mail"\n- textbox "Password"\n- button "Log in"',
  }),
  tool('playwright', 'browser_click', 380, 520, {
    isReadOnly: false,
    arguments: [{ element: 'button "Log in"', ref: 'e14' }],
    answer: 'Clicked button "Log in"',
    failure: { text: 'Timeout 30000 ms exceeded while waiting for the element', share: 0.03, outcome: 'timeout' },
  }),
  tool('playwright', 'browser_take_screenshot', 900, 610, {
    arguments: [{ type: 'png', fullPage: true }],
    answer: 'Screenshot of the page: 1280 x 2140',
  }),
  tool('postgres', 'query', 40, 420, {
    arguments: [
      { sql: 'select count(*) from orders where placed_at > now() - interval $1', values: ['1 day'] },
      { sql: 'select id, email from users where locked order by id limit 20' },
    ],
    answer: { rows: [{ count: 1832 }], took: '31 ms' },
    failure: { text: 'column "placed_at" does not exist', share: 0.07, outcome: 'tool_error' },
  }),
  tool('postgres', 'describe_table', 22, 380, {
    arguments: [{ table: 'orders' }],
    answer: {
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'placed', type: 'timestamptz' },
        { name: 'total', type: 'numeric' },
      ],
    },
  }),
  tool('postgres', 'explain', 60, 350, {
    arguments: [{ sql: 'select * from orders where user_id = 7' }],
    answer: 'Index Scan using orders_user_id on orders  (cost=0.43..8.45 rows=1)',
  }),
  tool('docs', 'search_docs', 210, 540, {
    arguments: [{ words: 'session cookie same-site' }, { words: 'login form keyboard' }],
    answer: [
      { title: 'Sessions', url: 'https://docs.example.com/sessions' },
      { title: 'Cookies', url: 'https://docs.example.com/cookies' },
    ],
  }),
  tool('docs', 'read_page', 160, 330, {
    arguments: [{ url: 'https://docs.example.com/sessions' }],
    answer:
      '# Sessions\n\nA session begins with the first request that …\n\n## Cookies\n\nThe cookie is `HttpOnly` and `SameSite=Lax`.',
  }),
];

export const demoTool = (server: string, name: string): DemoTool => {
  const found = DEMO_TOOLS.find((each) => each.server === server && each.name === name);
  if (found === undefined) throw new TypeError(`the demo has no tool ${name} of ${server}`);
  return found;
};
