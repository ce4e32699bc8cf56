import { ratio, type Summary, summarize } from './statistics.ts';

/** Whose it is, and what was measured. */
export type Measure = readonly [contender: string, measure: string];

/** Values of all rounds, by what was measured and whose it is. */
export interface Measurements {
  add(contender: string, measure: string, value: number): void;
  /** One value for each round; none where it was not measured. */
  of(contender: string, measure: string): readonly number[];
  summary(contender: string, measure: string): Summary;
  /** The quotient of two contenders, round by round. */
  ratio(contender: string, basis: string, measure: string): Summary;
  /** The quotient of two measures, each with whose it is. */
  ratioOf(value: Measure, basis: Measure): Summary;
  toJson(): Record<string, Record<string, readonly number[]>>;
}

export const createMeasurements = (): Measurements => {
  const values = new Map<string, Map<string, number[]>>();
  const of = (contender: string, measure: string): readonly number[] => values.get(contender)?.get(measure) ?? [];
  return {
    add(contender, measure, value) {
      const own = values.get(contender) ?? new Map<string, number[]>();
      values.set(contender, own);
      own.set(measure, [...(own.get(measure) ?? []), value]);
    },
    of,
    summary: (contender, measure) => summarize(of(contender, measure)),
    ratio: (contender, basis, measure) => ratio(of(contender, measure), of(basis, measure)),
    ratioOf: (value, basis) => ratio(of(...value), of(...basis)),
    toJson: () => Object.fromEntries([...values].map(([contender, own]) => [contender, Object.fromEntries(own)])),
  };
};
