import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/**
 * The licence texts of bundled packages, as their licences ask of those who pass them on.
 * @param {readonly string[]} folders folders of packages, relative to the root; repetitions are fine
 */
export const collectLicenses = (folders) => {
  const sections = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    sections.set(
      `${name} ${version}`,
      `${name} ${version} (${license ?? 'no licence named'})\n\n${licenseText(folder)}`,
    );
  }
  const sorted = [...sections.keys()].sort().map((key) => sections.get(key));
  return ['The programs in this folder contain code of these packages.', ...sorted].join(`\n\n${'-'.repeat(72)}\n\n`);
};

const licenseText = (folder) => {
  const file = readdirSync(join(ROOT, folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined
    ? 'The package carries no licence file.'
    : readFileSync(join(ROOT, folder, file), 'utf8').trim();
};
