import { describe, expect, test } from 'vitest';
import { parseLossless } from '../../src/protocol/json.ts';
import { risingProgress } from '../../src/relay/rising-progress.ts';
import { verifies } from '../e2e/requirements/verifies.ts';
import { createSink } from '../support/calls.ts';

const heardOf = (...reports: readonly string[]): string[] => {
  const heard: string[] = [];
  const sink = risingProgress(
    createSink({ progress: (params) => void heard.push(JSON.stringify(params['progress'])) }),
  );
  for (const progress of reports) sink.progress({ progress: parseLossless(progress) });
  return heard;
};

describe('the progress of a request that is sent more than once', () => {
  test('rises, though each time it begins anew', () => {
    verifies('progress:increases');
    expect(heardOf('1', '2', '1', '2', '3')).toEqual(['1', '2', '3']);
  });

  test('is compared as numbers, and keeps its notation', () => {
    expect(heardOf('0.50', '1.0', '1', '1.50', '1e1')).toEqual(['0.50', '1.0', '1.50', '1e1']);
  });

  test('that is no number is not judged', () => {
    expect(heardOf('2', '"half"', 'null', '1', '3')).toEqual(['2', '"half"', 'null', '3']);
  });
});
