import type { Call, CallSink } from '../dispatch/call.ts';

/** A call of which it is known whether its client has already got something of its end. */
export interface WatchedCall {
  readonly call: Call;
  /** Whether progress was passed on, or the client was asked: then the call cannot be sent again unseen. */
  isCommitted(): boolean;
}

export const watchCommitment = (call: Call): WatchedCall => {
  let isCommitted = false;
  const { sink } = call;
  const watched: CallSink = {
    sent: (waitedMs) => sink.sent(waitedMs),
    progress(params) {
      isCommitted = true;
      sink.progress(params);
    },
    log: (params) => sink.log(params),
  };
  return {
    isCommitted: () => isCommitted,
    call: {
      ...call,
      sink: watched,
      ask(question, signal) {
        isCommitted = true;
        return call.ask(question, signal);
      },
    },
  };
};
