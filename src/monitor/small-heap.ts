import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from making its space for young objects larger than it is now. Left alone it doubles with the first keys, up to
 * 64 MiB, nearly all of it garbage of frames that nobody sees any more. The flag is read at each growth, so that it holds from
 * here on.
 */
export const keepHeapSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
