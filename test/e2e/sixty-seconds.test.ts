import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FIXTURE, STORY, sameEverywhere, WIDTH } from '../../scripts/sixty-seconds/story.ts';
import { createCliHome } from '../cli/support/cli-home.ts';
import { ROOT } from './support/paths.ts';

const home = createCliHome();
afterAll(() => home.remove());

/** What the page shows of a command: its screens without the check-list, which needs somebody who answers. */
const shown = (command: string): string => {
  const page = readFileSync(join(ROOT, 'docs', 'sixty-seconds.md'), 'utf8');
  const [, section = ''] = page.split(`## ${STORY.findIndex((scene) => scene.command === command) + 1}. `);
  const blocks = [...(section.split('\n## ')[0]?.matchAll(/```console\n([\s\S]*?)```/g) ?? [])].map(
    ([, text]) => text ?? '',
  );
  return blocks
    .join('')
    .replace(`$ ${command}\n`, '')
    .split('\n')
    .filter((line) => !/^[│◆◇└]/.test(line))
    .join('\n')
    .trimEnd();
};

/** As a terminal of this width breaks a text. */
const broken = (text: string): string =>
  text
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}`, 'gu')) ?? [''])
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();

test('the page shows what its commands print, in four commands', async () => {
  const folder = home.file('.config/Claude');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(ROOT, 'test/fixtures/clients', FIXTURE), join(folder, 'claude_desktop_config.json'));
  // The usual folders below the home, as on the page.
  const env = { XDG_CONFIG_HOME: '', XDG_STATE_HOME: '', MCP_HUB_STATE_DIR: '', PATH: '/usr/bin:/bin' };
  expect(STORY.length).toBeLessThanOrEqual(4);
  for (const { command, asks } of STORY) {
    const words = [...command.split(' ').slice(1), ...(asks === true ? ['--all'] : [])];
    const { code, stdout, stderr } = await home.run(words, { width: WIDTH, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(sameEverywhere(broken(stdout))).toBe(shown(command));
  }
});
