import { describe, expect, test } from 'vitest';
import { capabilityProfile, carriedCapabilities } from '../../src/relay/client-capabilities.ts';
import { verifies } from '../e2e/requirements/verifies.ts';

const UI = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] } };
const TASKS = { 'io.modelcontextprotocol/tasks': {} };

describe('what is declared to an upstream of a client', () => {
  test('is what the hub can carry, member for member', () => {
    verifies('elicitation:capability');
    const capabilities = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: { listChanged: true } };
    expect(carriedCapabilities(capabilities, 'legacy')).toEqual(capabilities);
    expect(carriedCapabilities(capabilities, 'modern')).toEqual(capabilities);
  });

  test.each([
    ['legacy', { extensions: UI }],
    ['modern', { extensions: { ...UI, ...TASKS } }],
  ] as const)('leaves out what the hub cannot carry for a %s client', (era, carried) => {
    verifies('base:meta:client-capabilities:own', 'version:extensions:advertised');
    const declared = {
      experimental: { x: {} },
      tasks: { list: {} },
      elicitation: true,
      sampling: [],
      extensions: { ...UI, ...TASKS, 'com.example/x': {} },
    };
    expect(carriedCapabilities(declared, era)).toEqual(carried);
  });

  test.each([undefined, null, 5, 'all', [], { extensions: null }, { extensions: { 'com.example/x': {} } }])(
    'is nothing where %j was declared',
    (declared) => {
      expect(carriedCapabilities(declared, 'modern')).toEqual({});
    },
  );
});

describe('a profile of capabilities', () => {
  test('is the same for the same capabilities, whatever the order of their keys', () => {
    expect(capabilityProfile({ roots: { b: 1, a: { d: 1, c: 2 } }, elicitation: {} })).toBe(
      capabilityProfile({ elicitation: {}, roots: { a: { c: 2, d: 1 }, b: 1 } }),
    );
  });

  test('differs where anything else does', () => {
    const profiles = [{}, { roots: {} }, { roots: { a: [1, 2] } }, { roots: { a: [2, 1] } }, { sampling: {} }];
    expect(new Set(profiles.map(capabilityProfile)).size).toBe(profiles.length);
  });
});
