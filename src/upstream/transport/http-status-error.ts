/** An HTTP answer that carried no JSON-RPC message: the cause of the HubError that a transport throws for it. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  readonly status: number;
  /** The beginning of the body, for a person; never shown where it may hold a secret. */
  readonly bodyStart: string;

  constructor(status: number, bodyStart: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.bodyStart = bodyStart;
  }
}
