/** A JSON-RPC message as a test looks at it. */
export interface WireMessage {
  readonly jsonrpc: string;
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** One line that came out of the hub. */
export interface Received {
  /** The bytes of the line, without its end. */
  readonly line: Buffer;
  readonly message: WireMessage;
}

/** The lines of a stream, checked as they come: each must be one JSON-RPC message in valid UTF-8. */
export class MessageLog {
  readonly all: Received[] = [];
  readonly #problems: string[] = [];
  readonly #taken = new Set<Received>();
  #waiters: (() => void)[] = [];
  #rest: Buffer[] = [];
  #isEnded = false;

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#addLine(Buffer.concat([...this.#rest, chunk.subarray(start, end)]));
      this.#rest = [];
      start = end + 1;
    }
    if (start < chunk.length) this.#rest.push(Buffer.from(chunk.subarray(start)));
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    if (this.#rest.length > 0) this.#problems.push('the output ended in the middle of a line');
    this.#wake();
  }

  /** Gives the first message that fits and was not taken before, now or when it comes. */
  async next(what: string, fits: (message: WireMessage) => boolean, timeoutMs: number): Promise<Received> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.all.find((received) => !this.#taken.has(received) && fits(received.message));
      if (found !== undefined) {
        this.#taken.add(found);
        return found;
      }
      if (this.#isEnded) throw new Error(`the output ended before ${what} came`);
      if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
      await this.#more(deadline - Date.now());
    }
  }

  /** What was wrong with the output as a whole: lines that are no JSON-RPC, requests that were answered twice. */
  problems(): string[] {
    const seen = new Set<string>();
    const twice: string[] = [];
    for (const { message } of this.all) {
      if (message.method !== undefined || message.id === undefined || message.id === null) continue;
      const id = JSON.stringify(message.id);
      if (seen.has(id)) twice.push(`request ${id} was answered twice`);
      seen.add(id);
    }
    return [...this.#problems, ...twice];
  }

  #addLine(line: Buffer): void {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(line);
      const message = JSON.parse(text) as WireMessage;
      if (message.jsonrpc !== '2.0') this.#problems.push(`not JSON-RPC: ${text.slice(0, 200)}`);
      this.all.push({ line, message });
    } catch (error) {
      this.#problems.push(`not a line of JSON (${String(error)}): ${line.toString('latin1').slice(0, 200)}`);
    }
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, timeoutMs));
      this.#waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
