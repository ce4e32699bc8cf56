import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** A value that only who has the key can read, and that nobody can change or move to another name unseen. */
export interface Sealed {
  /** Base64, as the others. */
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

export const KEY_BYTES = 32;
/** What NIST SP 800-38D recommends for GCM. */
const IV_BYTES = 12;

/**
 * AES-256-GCM.
 * @param about what the value belongs to; the same is needed to open it.
 */
export const seal = (key: Buffer, text: string, about: string): Sealed => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(about));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return { iv: iv.toString('base64'), tag: cipher.getAuthTag().toString('base64'), data: data.toString('base64') };
};

/** @throws Error where the key is another, or anything was changed. */
export const unseal = (key: Buffer, { iv, tag, data }: Sealed, about: string): string => {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(about)).setAuthTag(Buffer.from(tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
};

/** Tells keys apart without telling anything of them. */
export const keyName = (key: Buffer): string => createHash('sha256').update(key).digest('hex').slice(0, 16);
