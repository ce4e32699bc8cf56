import type { Requirement } from './requirement.ts';
import { LEGACY, MODERN } from './sources.ts';

/** The patterns in which messages are exchanged: cancellation, timeouts, progress, interim results, subscriptions. */
export const PATTERNS = {
  'cancel:own-requests': {
    source: `${MODERN}/basic/patterns/cancellation#behavior-requirements`,
    behavior: "Only a request of one's own that is under way is cancelled.",
  },
  'cancel:not-initialize': {
    source: `${LEGACY}/basic/utilities/cancellation#behavior-requirements`,
    behavior: '`initialize` is not cancelled.',
  },
  'cancel:obeyed': {
    source: `${MODERN}/basic/patterns/cancellation#behavior-requirements`,
    behavior: 'Work on a cancelled request stops, and the request is not answered.',
  },
  'cancel:late-answer': {
    source: `${MODERN}/basic/patterns/cancellation#behavior-requirements`,
    behavior: 'An answer that comes after the cancellation is ignored.',
  },
  'cancel:late': {
    source: `${MODERN}/basic/patterns/cancellation#timing-considerations`,
    behavior: 'A cancellation that comes after the answer changes nothing.',
  },
  'cancel:invalid': {
    source: `${MODERN}/basic/patterns/cancellation#error-handling`,
    behavior: 'A cancellation of nothing, or one that is malformed, is ignored.',
  },
  'cancel:server': {
    source: `${MODERN}/basic/patterns/cancellation#behavior-requirements`,
    behavior: 'A server cancels nothing but a subscription.',
  },
  'timeout:every-request': {
    source: `${MODERN}/basic/patterns/cancellation#timeouts`,
    behavior: 'Every request has a time within which it is to be answered.',
  },
  'timeout:cancels': {
    source: `${MODERN}/basic/patterns/cancellation#timeouts`,
    behavior: 'A request that takes too long is cancelled.',
  },
  'timeout:configured': {
    source: `${MODERN}/basic/patterns/cancellation#timeouts`,
    behavior: 'The time can be configured.',
  },
  'timeout:progress': {
    source: `${MODERN}/basic/patterns/cancellation#timeouts`,
    behavior: 'Progress may begin the time anew.',
  },
  'timeout:maximum': {
    source: `${MODERN}/basic/patterns/cancellation#timeouts`,
    behavior: 'A maximum holds whatever progress comes.',
  },
  'progress:token:unique': {
    source: `${MODERN}/basic/patterns/progress#progress-flow`,
    behavior: 'No two requests under way have one token.',
  },
  'progress:token:returned': {
    source: `${MODERN}/basic/patterns/progress#progress-flow`,
    behavior: 'Progress comes under the token that the client gave.',
  },
  'progress:increases': {
    source: `${MODERN}/basic/patterns/progress#progress-flow`,
    behavior: 'Progress rises with each notification of a request.',
  },
  'progress:only-asked': {
    source: `${MODERN}/basic/patterns/progress#behavior-requirements`,
    behavior: 'Progress comes only to a request that asked for it and is under way.',
  },
  'progress:ends': {
    source: `${MODERN}/basic/patterns/progress#implementation-notes`,
    behavior: 'No progress comes after the answer.',
  },
  'progress:flood': {
    source: `${MODERN}/basic/patterns/progress#implementation-notes`,
    behavior: 'A flood of progress harms nobody.',
  },
  'mrtr:where': {
    source: `${MODERN}/basic/patterns/mrtr#supported-requests`,
    behavior: 'Only a call, a prompt and a reading may end in an interim result.',
  },
  'mrtr:kinds': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'Only elicitation, sampling and roots can be asked for.',
  },
  'mrtr:keys': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'Each thing that is asked for has a key of its own.',
  },
  'mrtr:inputs-or-state': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'An interim result asks for something or gives a state.',
  },
  'mrtr:declared': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'Nothing is asked for that the client did not declare with that request.',
  },
  'mrtr:no-return': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: "A server does not count on the client's return.",
  },
  'mrtr:again': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A request may end in an interim result more than once.',
  },
  'mrtr:state:untrusted': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A state that comes from a client is checked, and refused where it is not one that was given out.',
  },
  'mrtr:state:principal': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A state serves only the one to whom it was given.',
  },
  'mrtr:state:expires': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A state serves for a limited time.',
  },
  'mrtr:state:request': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A state serves only the request that it was given for.',
  },
  'mrtr:state:once': {
    source: `${MODERN}/basic/patterns/mrtr#server-requirements-basic-workflow`,
    behavior: 'A state that must serve once is used up by its first use.',
  },
  'mrtr:state:echoed': {
    source: `${MODERN}/basic/patterns/mrtr#client-requirements-basic-workflow`,
    behavior: 'A client hands a state back exactly as it came, and reads nothing in it.',
  },
  'mrtr:state:absent': {
    source: `${MODERN}/basic/patterns/mrtr#client-requirements-basic-workflow`,
    behavior: 'A client hands back no state where none came.',
  },
  'mrtr:inputs-first': {
    source: `${MODERN}/basic/patterns/mrtr#client-requirements-basic-workflow`,
    behavior: 'A client gathers all that is asked for before it repeats the request.',
  },
  'mrtr:state-only': {
    source: `${MODERN}/basic/patterns/mrtr#client-requirements-basic-workflow`,
    behavior: 'A request may be repeated without asking anybody where only a state came.',
  },
  'mrtr:new-id': {
    source: `${MODERN}/basic/patterns/mrtr#client-requirements-basic-workflow`,
    behavior: 'The repeated request has an id of its own.',
  },
  'mrtr:answers:checked': {
    source: `${MODERN}/basic/patterns/mrtr#error-handling`,
    behavior: 'Answers that are none are asked for again.',
  },
  'mrtr:answers:unexpected': {
    source: `${MODERN}/basic/patterns/mrtr#error-handling`,
    behavior: 'Answers that nobody asked for are ignored.',
  },
  'mrtr:answers:missing': {
    source: `${MODERN}/basic/patterns/mrtr#error-handling`,
    behavior: 'What is not answered is asked for again.',
  },
  'subscribe:only-asked': {
    source: `${MODERN}/basic/patterns/subscriptions#opening-a-stream`,
    behavior: 'A modern client is told of nothing that it did not ask for.',
  },
  'subscribe:acknowledged-first': {
    source: `${MODERN}/basic/patterns/subscriptions#acknowledgment`,
    behavior: 'The acknowledgment comes before anything else of a subscription.',
  },
  'subscribe:acknowledged-part': {
    source: `${MODERN}/basic/patterns/subscriptions#acknowledgment`,
    behavior: 'It names the part of the filter that is honoured.',
  },
  'subscribe:tagged': {
    source: `${MODERN}/basic/patterns/subscriptions#receiving-notifications`,
    behavior: 'Each notification of a subscription carries its id.',
  },
  'subscribe:several': {
    source: `${MODERN}/basic/patterns/subscriptions#multiple-concurrent-subscriptions`,
    behavior: 'A client may have several subscriptions at once.',
  },
  'subscribe:cancelled': {
    source: `${MODERN}/basic/patterns/subscriptions#cancellation`,
    behavior: 'The client ends a subscription by cancelling it.',
  },
  'subscribe:end:result': {
    source: `${MODERN}/basic/patterns/subscriptions#graceful-closure`,
    behavior: 'A server that ends a subscription answers it with a result that carries its id.',
  },
  'subscribe:end:cancelled': {
    source: `${MODERN}/basic/patterns/cancellation#behavior-requirements`,
    behavior: 'A server that ends a subscription cancels it.',
  },
  'subscribe:opened-again': {
    source: `${MODERN}/basic/patterns/subscriptions#graceful-closure`,
    behavior: 'A subscription that was lost is opened again.',
  },
  'subscribe:resources': {
    source: `${MODERN}/basic/patterns/subscriptions#notification-filter`,
    behavior: 'A subscription tells of changes in the resources that it names.',
  },
} as const satisfies Readonly<Record<string, Requirement>>;
