import type { Call, CallSink, ClientContext, Target } from '../dispatch/call.ts';
import { failureReply } from '../dispatch/failure.ts';
import { compose, type Interceptor, type Next } from '../dispatch/interceptor.ts';
import type { Ask } from '../dispatch/question.ts';
import { type ErrorReply, NO_TIME, type Reply, type ResultReply } from '../dispatch/reply.ts';
import { HubError } from '../errors/hub-error.ts';
import type { EventBus } from '../events/bus.ts';
import type { JsonObject } from '../protocol/json.ts';
import { outlineOfResult } from '../protocol/large-result.ts';
import { isLogLevel } from '../protocol/log-level.ts';
import type { ErrorBody } from '../protocol/message.ts';
import type { NamedKind } from '../protocol/methods.ts';
import { HEADER_MISMATCH } from '../protocol/rev-2026-07-28/codec.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { follow } from '../utils/eventual.ts';
import { Roster } from '../utils/roster.ts';
import { explainLack } from './explain-lack.ts';
import { explainUnknown, invalidParams } from './explain-unknown.ts';
import { createFreshDefinition, listsForResult, presentDefinition } from './fresh-definition.ts';
import { knowsTasks, LACKS_TASKS } from './knows-tasks.ts';
import { createLocating, type Locating, type LocatingOptions, type Named } from './locating.ts';
import { replyToFault } from './own-fault.ts';
import { type CallRecorder, type CallSubject, type CallUnderWay, recordCall, type Witnesses } from './record.ts';
import { renameUris } from './rename-uris.ts';
import { pinState } from './replicas.ts';
import { ownNameByPrefix, type Resolution, resolve } from './resolve.ts';
import { satisfyInputs } from './satisfy-inputs.ts';
import { readSubject } from './subject.ts';
import { createTaskBridge } from './task-bridge.ts';
import { createTaskViews } from './task-views.ts';
import { askForUrls } from './url-elicitations.ts';
import type { View } from './view.ts';

/** A routed request of a client, judged by its codec, before its name is resolved. */
export interface RoutedRequest {
  readonly method: string;
  readonly subject: NamedKind;
  readonly params: JsonObject;
  readonly client: ClientContext;
  readonly logLevel: string | undefined;
  /** Size of the request as the client sent it. */
  readonly bytesIn: number;
  readonly signal: CancelSignal;
  readonly wantsProgress: boolean;
  readonly sink: CallSink;
  /** Puts a question of an upstream to this client. */
  readonly ask: Ask;
}

/** How the log counts what was refused: not allowed, or wrong. */
export type Refused = 'denied' | 'error';

/** What came of an attempt to do away with the reason of a failure; undefined: nothing was attempted, or it was not wanted. */
export type Mended = 'mended' | HubError | undefined;

export interface RelayOptions extends LocatingOptions {
  readonly bus: EventBus;
  /** Around every call, the outermost first. */
  readonly interceptors: readonly Interceptor[];
  /** Holds the reply of a carried call until its end is kept. Default: nothing is held. */
  readonly confirm?: (reply: Reply) => Promise<Reply>;
  /** The view of a client. */
  readonly viewOf: (client: ClientContext) => View;
  /**
   * Does away with the reason why nothing is known of a name, where the client can help with that; then it is looked for
   * once more. A failure is told in place of that reason, undefined leaves it; no promise where nothing can be done, as is
   * the default. It may take as long as a person takes, which is the time of neither the hub nor an upstream.
   */
  readonly mend?: (call: Pick<Call, 'client' | 'signal' | 'ask'>, failure: HubError) => Promise<Mended> | undefined;
}

export interface Relay extends Pick<Locating, 'locate'> {
  /** Carries a request to the upstream that owns what it names. Never rejects. */
  carry(request: RoutedRequest): PromiseLike<Reply>;
  /** Refuses a request that no upstream gets to see; the log says so. */
  refuse(request: CallSubject, error: ErrorBody, outcome: Refused): ErrorReply;
  /** The error for a request whose work has thrown; a person is told where that is a fault of the hub itself. */
  fault(method: string, thrown: unknown): ErrorBody;
  /** The calls that have begun and have not ended, in no order. */
  callsUnderWay(): readonly CallUnderWay[];
  readonly viewOf: (client: ClientContext) => View;
  /** The view in which a task of the client was made; any other has no such task. */
  readonly viewOfTask: (client: ClientContext, taskId: string) => View;
  /** How long upstreams may take to say for the first time what they offer; milliseconds. */
  readonly firstListMs: number;
}

export const createRelay = (options: RelayOptions): Relay => {
  const { bus, viewOf, confirm } = options;
  const { locate, locateKnown, locateNamed, place } = createLocating(options);

  const witnesses: Witnesses = { bus, underWay: new Roster() };
  const taskViews = createTaskViews(viewOf);

  const toUpstream: Next = (call) => {
    const view = taskViews.of(call.client, call.params['taskId']);
    const upstream = view.upstreams.get(call.target.upstream);
    if (upstream !== undefined) return upstream.call(call);
    const error = new HubError('NOT_FOUND', `no upstream is named ${call.target.upstream}`);
    return Promise.resolve(failureReply(error));
  };
  const pipeline = compose(
    [
      createFreshDefinition({ viewOf: (call) => viewOf(call.client), withinMs: options.firstListMs }),
      createTaskBridge((call) => viewOf(call.client).catalog.eraOf(call.target.upstream)),
      explainLack,
      satisfyInputs,
      askForUrls,
      ...options.interceptors,
    ],
    toUpstream,
  );

  const carry: Relay['carry'] = (request) => {
    const { method, params, client, bytesIn } = request;
    const record = recordCall(witnesses, { method, params, clientId: client.id, bytesIn });
    try {
      const routed = routeKnown(request, record);
      return routed === undefined ? carryUnknown(request, record) : carryTo(routed);
    } catch (error) {
      return Promise.resolve(fail(record, method, error));
    }
  };

  const fail = (record: CallRecorder, method: string, error: unknown): Reply =>
    record.finish(replyToFault(bus, method, error));

  /** The same for what has to be looked for first. */
  const carryUnknown = async (request: RoutedRequest, record: CallRecorder): Promise<Reply> => {
    try {
      const routed = await route(request, record);
      return await ('reply' in routed ? record.finish(routed.reply, routed.outcome) : carryTo(routed));
    } catch (error) {
      return fail(record, request.method, error);
    }
  };

  const carryTo = (routed: Routed): PromiseLike<Reply> => {
    const { view, call, record } = routed;
    record.start(call.target, routed.waitedMs);
    routed.isOfEarlierRun = !view.catalog.isFresh(call.target.upstream, 'tools');
    return follow(pipeline(call), routed, finish, failRouted);
  };

  /** Nothing is waited for, unless the reply is one that calls for something. */
  const finish = (reply: Reply, routed: Routed): Reply | Promise<Reply> => {
    const { call, record, isOfEarlierRun } = routed;
    if (wantsOtherHeaders(reply) || needsLists(reply, call.target, isOfEarlierRun)) return finishLater(reply, routed);
    try {
      return record.finish(complete(reply, routed));
    } catch (error) {
      return failRouted(error, routed);
    }
  };

  const finishLater = async (first: Reply, routed: Routed): Promise<Reply> => {
    const { view, call, record, isOfEarlierRun } = routed;
    try {
      const reply = wantsOtherHeaders(first) ? await repeatWithFreshHeaders(view, call, first) : first;
      if (needsLists(reply, call.target, isOfEarlierRun))
        await listsForResult(view, (reply.answeredBy ?? call.target).upstream, reply, options.firstListMs);
      return record.finish(complete(reply, routed));
    } catch (error) {
      return failRouted(error, routed);
    }
  };

  const failRouted = (error: unknown, { record, call }: Routed): Reply => fail(record, call.method, error);

  /** Where a request goes, or why nowhere. */
  const route = async (request: RoutedRequest, record: CallRecorder): Promise<Routed | Unrouted> => {
    const { method, params, client, signal } = request;
    const named = readSubject(request.subject, params);
    if (!named.ok) return { reply: invalidParams(`Invalid params for ${method}: ${named.reason}`) };
    if (named.subject === 'task' && !knowsTasks(client))
      return { reply: { kind: 'error', error: LACKS_TASKS, time: NO_TIME }, outcome: 'denied' };
    const view = viewFor(client, named);
    const askedAt = performance.now();
    const resolution = await locateNamed(view, named, signal);
    if (resolution !== undefined)
      return routedTo(request, record, named, view, resolution, performance.now() - askedAt);
    if (signal.aborted) return { reply: failureReply(HubError.from(signal.reason)) };
    const unknown = await explainUnknown(view, named, options.separator);
    const mended = unknown.failure && (await mend(request, view, unknown.failure, record));
    if (mended?.outcome === undefined) return { reply: unknown };
    if (mended.outcome !== 'mended') return { reply: failureReply(mended.outcome) };
    const second = await locateNamed(view, named, signal);
    return second === undefined
      ? { reply: await explainUnknown(view, named, options.separator) }
      : routedTo(request, record, named, view, second, performance.now() - askedAt - mended.tookMs);
  };

  /** The log knows of a call that waits for a person. Undefined where nothing can be done. */
  const mend = async (request: RoutedRequest, { catalog }: View, failure: HubError, record: CallRecorder) => {
    const beganAt = performance.now();
    const mending = options.mend?.(request, failure);
    if (mending === undefined) return undefined;
    const { upstream } = failure;
    if (upstream !== undefined)
      record.await(upstream, ownNameByPrefix(catalog, upstream, request.params['name'], options.separator));
    const outcome = await mending;
    const tookMs = performance.now() - beganAt;
    record.awaited(tookMs);
    return { outcome, tookMs };
  };

  /** The same for what can be found at once, as nearly everything can. */
  const routeKnown = (request: RoutedRequest, record: CallRecorder): Routed | undefined => {
    const { client } = request;
    const named = readSubject(request.subject, request.params);
    if (!named.ok || (named.subject === 'task' && !knowsTasks(client))) return undefined;
    const view = viewFor(client, named);
    const resolution = locateKnown(view, named, client);
    return resolution && routedTo(request, record, named, view, resolution, 0);
  };

  const viewFor = (client: ClientContext, { subject, name }: Named): View => {
    const view = subject === 'task' ? taskViews.of(client, name) : viewOf(client);
    taskViews.note(view);
    return view;
  };

  const routedTo = (
    request: RoutedRequest,
    record: CallRecorder,
    named: Named,
    view: View,
    resolution: Resolution,
    waitedMs: number,
  ): Routed => {
    const { target, params } = place(view, named, resolution.target);
    if (isLogLevel(request.logLevel)) view.wantLogs(request.logLevel);
    const call: Call = {
      callId: record.callId,
      method: request.method,
      params,
      client: request.client,
      target,
      logLevel: request.logLevel,
      signal: request.signal,
      wantsProgress: request.wantsProgress,
      sink: request.sink,
      bytesIn: request.bytesIn,
      ask: request.ask,
    };
    return { view, call, record, waitedMs, isOfEarlierRun: false };
  };

  /** The reply as the client is to see it; what it names is remembered. */
  const complete = (reply: Reply, { view, call, isOfEarlierRun }: Routed): Reply => {
    if (reply.kind === 'error') return reply;
    const { target } = call;
    const { answeredBy = target } = reply;
    const { upstream } = answeredBy;
    if (reply.kind === 'input_required') return target.alternatives === undefined ? reply : pinState(reply, upstream);
    const outline = outlineOfResult(reply.body);
    view.catalog.learnUris(upstream, outline);
    view.tasks.learn(call.client.id, upstream, outline);
    const naming = view.catalog.uriNamingOf(upstream);
    const body = naming === undefined ? reply.body : renameUris(reply.body, naming);
    const present = isOfEarlierRun && answeredBy === target ? presentDefinition(view, call) : answeredBy;
    const tool = present.definition ?? answeredBy.definition;
    return tool === undefined ? { ...reply, body } : { ...reply, body, tool };
  };

  return {
    callsUnderWay: () => witnesses.underWay.entries.map((call) => call.describe()),
    viewOf,
    viewOfTask: (client, taskId) => taskViews.of(client, taskId),
    locate,
    fault: (method, thrown) => replyToFault(bus, method, thrown).error,
    get firstListMs() {
      return options.firstListMs;
    },
    refuse: (request, error, outcome) =>
      recordCall(witnesses, request).finish({ kind: 'error', error, time: NO_TIME }, outcome),
    carry: confirm === undefined ? carry : async (request) => confirm(await carry(request)),
  };

  /** An upstream that wants other headers than its known definition says is read anew, and asked once more. */
  async function repeatWithFreshHeaders({ catalog, ...view }: View, call: Call, reply: Reply): Promise<Reply> {
    const { upstream, qualifiedName } = call.target;
    await catalog.refresh(upstream, 'tools');
    const fresh = resolve({ ...view, catalog }, 'tool', qualifiedName);
    return fresh === undefined ? reply : pipeline({ ...call, target: fresh.target });
  }
};

/** A call on its way, and how long it had to be waited for what its server offers. */
interface Routed {
  readonly view: View;
  readonly call: Call;
  readonly record: CallRecorder;
  readonly waitedMs: number;
  /** Whether what is known of the tools of its server is of an earlier run, as it is sent. */
  isOfEarlierRun: boolean;
}

/** A request that goes nowhere. */
interface Unrouted {
  readonly reply: ErrorReply;
  readonly outcome?: Refused;
}

/** Whether lists that are being read may say how the reply is to be written. */
const needsLists = (reply: Reply, target: Target, isOfEarlierRun: boolean): reply is ResultReply =>
  reply.kind === 'result' && (isOfEarlierRun || (reply.answeredBy ?? target) !== target);

const wantsOtherHeaders = (reply: Reply): boolean =>
  reply.kind === 'error' && reply.error.code === HEADER_MISMATCH && reply.from !== undefined;
