const SECRET_NAME =
  /token|secret|passw|passphrase|credential|api_?key|access_?key|private_?key|(?:^|_)(?:key|pwd|pass|pat|auth|authorization|bearer|cookie|session|sig|signature|code)(?:_|$)/i;

/** Whether a name of a flag, a variable or a key says that its value is secret. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(inSnakeCase(name));

const SECRET_VALUE =
  /(?:token|secret|password|passwd|passphrase|authorization|api_?key|access_?key|private_?key|_pwd|(?:^|_)(?:key|pass|pat|auth|bearer|cookie|sig|signature))$/i;

/**
 * Whether a name says that its value is the secret itself. `SECRET_FILE`, `TOKEN_URL`, `CREDENTIAL_HELPER` and `CREDENTIALS`
 * are none: they say where it is, or what program has it.
 */
export const isNameOfSecretValue = (name: string): boolean => SECRET_VALUE.test(inSnakeCase(name));

const inSnakeCase = (name: string): string =>
  name
    .replace(/^-+/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[-.]/g, '_');
