/** A server that plays in the demo. */
export interface DemoServer {
  readonly name: string;
  readonly transport: 'stdio' | 'http';
  readonly era: 'legacy' | 'modern';
  readonly command: string;
  readonly capabilities: readonly string[];
  readonly prompts: number;
  readonly resources: number;
  /** Names of tools that nobody calls in the demo. */
  readonly unused: readonly string[];
}

export const DEMO_SERVERS: readonly DemoServer[] = [
  {
    name: 'github',
    transport: 'stdio',
    era: 'legacy',
    command: 'npx -y github-mcp-server',
    capabilities: ['tools (list changes)', 'prompts', 'logging'],
    prompts: 3,
    resources: 0,
    unused: [
      'add_labels',
      'close_issue',
      'create_branch',
      'create_gist',
      'create_release',
      'delete_branch',
      'fork_repository',
      'get_commit',
      'get_workflow_run',
      'list_branches',
      'list_gists',
      'list_releases',
      'merge_pull_request',
      'search_code',
      'search_users',
      'star_repository',
      'update_issue',
      'watch_repository',
    ],
  },
  {
    name: 'playwright',
    transport: 'stdio',
    era: 'legacy',
    command: 'npx -y @playwright/mcp --headless',
    capabilities: ['tools'],
    prompts: 0,
    resources: 0,
    unused: [
      'browser_close',
      'browser_console_messages',
      'browser_drag',
      'browser_evaluate',
      'browser_file_upload',
      'browser_handle_dialog',
      'browser_hover',
      'browser_navigate_back',
      'browser_pdf_save',
      'browser_press_key',
      'browser_resize',
      'browser_select_option',
      'browser_tabs',
      'browser_type',
      'browser_wait_for',
    ],
  },
  {
    name: 'postgres',
    transport: 'stdio',
    era: 'legacy',
    command: 'uvx postgres-mcp',
    capabilities: ['tools', 'resources (subscribe)'],
    prompts: 0,
    resources: 12,
    unused: ['analyze', 'list_indexes', 'vacuum'],
  },
  {
    name: 'docs',
    transport: 'http',
    era: 'modern',
    command: 'https://docs.example.com/mcp',
    capabilities: ['tools', 'resources', 'completions'],
    prompts: 1,
    resources: 240,
    unused: ['list_versions'],
  },
  {
    name: 'sentry',
    transport: 'http',
    era: 'modern',
    command: 'https://mcp.sentry.example/mcp',
    capabilities: [],
    prompts: 0,
    resources: 0,
    unused: [],
  },
];
