import { MAX_TEXT_CHARS } from './log-rows.ts';
import type { Redactor } from './redact.ts';

/** A payload as it is stored, and whether its end is missing: 0 or 1. */
export interface StoredPayload {
  readonly text: string | null;
  readonly isCut: number;
}

/** Makes of what others wrote what is stored of it. */
export interface StoredValues {
  /** Text for people. */
  text(value: string | undefined): string | null;
  /** Names are what calls are found by: only URIs, which may carry a secret, are redacted. */
  name(value: string | undefined): string | null;
  /** @param encoding what the text is: its characters, or one character for each byte of UTF-8. */
  payload(text: string | undefined, encoding: 'utf8' | 'latin1'): StoredPayload;
}

/** @param payloadBytes longest payload that is stored; 0 = none. */
export const createStoredValues = (redactor: Redactor, payloadBytes: number): StoredValues => {
  const text = (value: string | undefined): string | null =>
    value === undefined ? null : redactor.text(value, MAX_TEXT_CHARS);
  return {
    text,
    name: (value) => (value?.includes('://') === true ? text(value) : (value?.slice(0, MAX_TEXT_CHARS) ?? null)),
    payload(value, encoding) {
      if (value === undefined) return NO_PAYLOAD;
      if (payloadBytes === 0) return { isCut: Number(value !== ''), text: null };
      const stored = redactor.payload(value, encoding, payloadBytes);
      return { isCut: Number(stored.isCut), text: stored.text };
    },
  };
};

const NO_PAYLOAD: StoredPayload = { text: null, isCut: 0 };

/** Numbers for columns that hold integers; what is no number counts as 0. */
export const whole = (value: number): number => (Number.isFinite(value) ? Math.round(value) : 0);

/** Durations to the microsecond; a clock gives no more that means anything. */
export const milliseconds = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1000) / 1000;
