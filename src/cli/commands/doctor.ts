import type { CliContext, GlobalOptions } from '../context.ts';
import { examine } from '../doctor/examine.ts';
import { countStates, findingsText } from '../doctor/findings-text.ts';
import { EXIT } from '../exit-codes.ts';
import { jsonText } from '../json-text.ts';

export interface DoctorFlags extends GlobalOptions {
  readonly json?: boolean;
  /** False after `--no-start`. */
  readonly start: boolean;
}

/** `doctor`: looks at everything that can be wrong, and says of each what mends it. Exit 5 where something does not work. */
export const runDoctor = async (context: CliContext, flags: DoctorFlags): Promise<number> => {
  const findings = await examine(context, flags);
  const counts = countStates(findings);
  const healthy = counts.fails === 0;
  if (flags.json === true) {
    const checks = findings.map(({ name, section: _section, ...finding }) => ({ check: name, ...finding }));
    context.out(jsonText({ schemaVersion: 1, healthy, counts, checks }));
  } else context.out(findingsText(findings, context));
  return healthy ? EXIT.ok : EXIT.unhealthy;
};
