/** Why an upstream cannot be used without a login of its person; each is a part of a message. */
export const LOGIN_REASONS = {
  none: 'it wants a login',
  over: 'its login is over',
  refused: 'it does not accept its login',
  scope: 'it wants more rights than its login has',
} as const;

/** Whether a message says that a login would mend it. */
export const wantsLogin = (message: string): boolean =>
  Object.values(LOGIN_REASONS).some((reason) => message.includes(reason));
