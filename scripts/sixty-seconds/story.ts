/** One command of docs/sixty-seconds.md. */
export interface Scene {
  /** What is said above the screen. */
  readonly say: string;
  readonly command: string;
  /** Whether it asks with a check-list, which is answered with Enter. */
  readonly asks?: true;
}

/** From servers in one client to all of them behind the hub. */
export const STORY: readonly Scene[] = [
  { say: 'Who is here, and what does it have?', command: 'mcp-hub clients' },
  {
    say: 'Copy the servers into the hub. It asks which; Enter takes all. The files of the clients are only read.',
    command: 'mcp-hub import',
    asks: true,
  },
  {
    say: "Register the hub in the client, and move the client's own servers behind it. The difference is shown, a copy is kept, and the last line takes it all back.",
    command: 'mcp-hub install claude-desktop --replace-servers',
  },
  { say: 'That is all. Restart the client, and look at what it has now:', command: 'mcp-hub list' },
];

/** Characters in a line of the terminal that is shown. */
export const WIDTH = 80;

/** The file that the client of the story begins with, in test/fixtures/clients. */
export const FIXTURE = 'claude-desktop.json';

/** A screen without what differs from machine to machine. */
export const sameEverywhere = (screen: string): string =>
  screen
    .replaceAll(/("command": )"\/.*$/gm, '$1"/usr/local/bin/node",')
    .replaceAll(
      /("args": )\["\/.*mcp-hub\.js.*$/gm,
      '$1["/usr/local/lib/node_modules/mcp-hub/bin/mcp-hub.js", "serve"]',
    )
    .replaceAll(/claude-desktop-[0-9a-f]{8}/g, 'claude-desktop-5f326e9e');

/** The page with these screens, one or two for each command. */
export const pageOf = (screens: readonly (readonly string[])[]): string => {
  const scenes = STORY.map(({ say, command }, index) => {
    const [first = '', second] = screens[index] ?? [];
    const rest = second === undefined ? '' : `\nEnter, and:\n\n${block(second)}`;
    return `## ${index + 1}. \`${command}\`\n\n${say}\n\n${block(`$ ${command}\n${first}`)}${rest}`;
  });
  return `${HEAD}\n${scenes.join('\n')}\n${TAIL}`;
};

const block = (text: string): string => `\`\`\`console\n${text.trimEnd()}\n\`\`\`\n`;

const HEAD = `# From a client full of servers to one hub, in sixty seconds

Somebody has four servers in Claude Desktop, and nothing else yet. What follows is what a terminal of ${WIDTH} columns shows, recorded by
\`npm run screens\`.
`;

const TAIL = `## And then

- \`mcp-hub list --check\` starts each server once and says what is wrong with it.
- \`mcp-hub doctor\` looks at all the rest.
- \`mcp-hub secret set\` keeps a token, so that it need not stand in the file: [secrets](secrets.md).
- \`mcp-hub uninstall claude-desktop\` gives the client its old file back, to the byte: [clients](clients.md).
`;
