const SECRET_NAME =
  /token|secret|passw|passphrase|credential|api_?key|access_?key|private_?key|(?:^|_)(?:key|pwd|pass|pat|auth|authorization|bearer|cookie|session|sig|signature|code)(?:_|$)/i;

/** Whether a name of a flag, a variable or a key says that its value is secret. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAME.test(
    name
      .replace(/^-+/, '')
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll(/[-.]/g, '_'),
  );
