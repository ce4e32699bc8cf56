import type { ClientContext } from '../dispatch/call.ts';
import type { Answer, Question } from '../dispatch/question.ts';
import { HubError } from '../errors/hub-error.ts';
import type { Implementation } from '../protocol/codec.ts';
import type { JsonObject } from '../protocol/json.ts';
import { isLogLevel, isWanted, type LogLevel } from '../protocol/log-level.ts';
import type { RequestId, RequestMessage } from '../protocol/message.ts';
import { TASK_NOTIFICATIONS } from '../protocol/methods.ts';
import { createErrorBody, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND } from '../protocol/parse.ts';
import { legacyCodec } from '../protocol/rev-2025-11-25/codec.ts';
import { readImplementation } from '../protocol/rev-2026-07-28/codec.ts';
import type { CancelSignal } from '../utils/cancellation.ts';
import { shortened } from '../utils/shortened.ts';
import { carriedCapabilities } from './client-capabilities.ts';
import type { ClientConnection, OnClientKnown } from './client-connection.ts';
import { type ClientChannel, ClientPeer, changeNotifications, ID_IN_USE, isCancelledByClient } from './client-peer.ts';
import { initializeResult } from './hub-identity.ts';
import { listTasks } from './list-tasks.ts';
import { INVALID_CURSOR } from './lists.ts';
import { findLack, type Lack } from './missing-capability.ts';
import type { Relay } from './relay.ts';
import type { ResourceWatcher } from './resource-watchers.ts';
import { createSessionQuestions } from './session-questions.ts';
import { createToldElicitations } from './told-elicitations.ts';
import type { AskableSession, View } from './view.ts';

export interface LegacySessionOptions {
  readonly clientId: string;
  readonly relay: Relay;
  readonly channel: ClientChannel;
  readonly serverInfo: Implementation;
  readonly onClientKnown: OnClientKnown;
  /** Whether the client may be on another machine; default: it is on this one. */
  readonly isElsewhere?: boolean;
}

/** A request, and its size on the wire. */
type Received = RequestMessage & { readonly bytesIn: number };

/** A client that has not said who it is, as long as it has not. */
const UNKNOWN_CLIENT: Implementation = { name: 'unknown', version: 'unknown' };

/**
 * The state of one legacy client: what `initialize` said, its log level, what it watches, what it is asked. Requests before
 * `initialize` are served, as the servers that clients know do.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle
 */
export const createLegacySession = (options: LegacySessionOptions): ClientConnection => {
  const { clientId, relay, channel, serverInfo, onClientKnown } = options;
  const questions = createSessionQuestions(channel);
  const elicitations = createToldElicitations();
  const peer = new ClientPeer({
    clientId,
    codec: legacyCodec,
    relay,
    carry(request) {
      request.ask = (question, signal) => askClient(question, signal, request.id);
      return relay.carry(request);
    },
    onReply: elicitations.learnFrom,
    // Log messages belong to the session, which filters them by its own level.
    sendsLogsOfCalls: false,
    channel,
    serverInfo,
  });
  const asSession: AskableSession = { ask: (question, signal) => askClient(question, signal) };
  const watcher: ResourceWatcher = (uri) => peer.sendNotification('notifications/resources/updated', { uri });
  /** The views in which it watches something: what came before `initialize` is in another one than what comes after. */
  const watchedIn = new Set<View>();
  const closing: Array<() => void> = [];
  let logLevel: LogLevel | undefined;
  let client: ClientContext = {
    id: clientId,
    era: 'legacy',
    protocolVersion: '',
    info: UNKNOWN_CLIENT,
    hasSession: true,
    capabilities: {},
    ...(options.isElsewhere && { isElsewhere: true }),
  };

  const askClient = async (question: Question, signal: CancelSignal, about?: RequestId): Promise<Answer> => {
    const lack = findLack(question, client.capabilities);
    if (lack !== undefined) return { ok: false, error: explain(lack) };
    elicitations.learn(question.params);
    return questions.ask(question, signal, about);
  };

  const initialize = (request: Received): void => {
    const { id, params } = request;
    if (client.protocolVersion !== '') {
      peer.refuse(request, createErrorBody(INVALID_REQUEST, 'the session is initialized already'));
      return;
    }
    const capabilities = carriedCapabilities(params?.['capabilities'], 'legacy');
    const result = initializeResult(params?.['protocolVersion'], serverInfo, relay.viewOf({ ...client, capabilities }));
    client = {
      ...client,
      protocolVersion: result['protocolVersion'] as string,
      info: readImplementation(params?.['clientInfo']) ?? UNKNOWN_CLIENT,
      capabilities,
    };
    onClientKnown(client);
    peer.sendResult(id, JSON.stringify(result));
  };

  /** Nothing is told or asked before `notifications/initialized`. */
  const open = (): void => {
    if (closing.length > 0) return;
    const view = relay.viewOf(client);
    view.sessions.add(asSession);
    if (logLevel !== undefined) view.wantLogs(logLevel);
    closing.push(
      () => view.sessions.delete(asSession),
      view.onLog(sendLog),
      view.onElicitationComplete((elicitationId) => {
        if (elicitations.take(elicitationId)) peer.sendNotification(ELICITATION_COMPLETE, { elicitationId });
      }),
      view.tasks.follow(clientId, (task) => peer.sendNotification(TASK_NOTIFICATIONS.legacy, task)),
      view.catalog.onChanged((kinds) => {
        for (const method of changeNotifications(kinds)) peer.sendNotification(method);
      }),
    );
  };

  /** What is about a call of another client is not told here. */
  const sendLog = (params: JsonObject, ownerId: string | undefined): void => {
    if (ownerId !== undefined && ownerId !== clientId) return;
    if (logLevel !== undefined && !isWanted(params['level'], logLevel)) return;
    peer.sendNotification('notifications/message', params, ownerId === undefined ? undefined : peer.onlyRequest());
  };

  const setLogLevel = (request: Received): void => {
    const { id, params } = request;
    const level = params?.['level'];
    if (!isLogLevel(level)) {
      peer.refuse(request, createErrorBody(INVALID_PARAMS, 'Invalid params: params.level must be a log level'));
      return;
    }
    logLevel = level;
    relay.viewOf(client).wantLogs(level);
    peer.sendResult(id, EMPTY_RESULT);
  };

  const watch = (request: Received): void =>
    peer.track(request.id, async (signal) => {
      const { id, params } = request;
      const uri = params?.['uri'];
      const view = relay.viewOf(client);
      const resolution = typeof uri === 'string' ? await relay.locate(view, 'resource', uri, signal) : undefined;
      if (isCancelledByClient(signal)) return;
      if (resolution === undefined) {
        peer.refuse(request, createErrorBody(INVALID_PARAMS, `Unknown resource: ${shortened(String(uri))}`));
        return;
      }
      watchedIn.add(view);
      const refusal = await view.watchers.watch(watcher, resolution.target, signal);
      if (refusal === undefined) unwatchInOthers(view, resolution.target.qualifiedName);
      if (isCancelledByClient(signal)) return;
      if (refusal?.kind === 'error') peer.sendError(id, refusal.error);
      else peer.sendResult(id, EMPTY_RESULT);
    });

  const listOwnTasks = (request: Received): void =>
    peer.track(request.id, async (signal) => {
      if (request.params?.['cursor'] !== undefined) peer.refuse(request, INVALID_CURSOR);
      else peer.sendResult(request.id, await listTasks(relay.viewOf(client), clientId, signal));
    });

  const unwatchInOthers = (view: View, uri: string): void => {
    for (const other of watchedIn) if (other !== view) other.watchers.unwatch(watcher, uri);
  };

  const unwatch = (request: Received): void => {
    const uri = request.params?.['uri'];
    if (typeof uri !== 'string') {
      peer.refuse(request, createErrorBody(INVALID_PARAMS, 'Invalid params: params.uri must be a string'));
      return;
    }
    for (const { watchers } of watchedIn) watchers.unwatch(watcher, uri);
    peer.sendResult(request.id, EMPTY_RESULT);
  };

  const serve = (message: RequestMessage, bytesIn: number): void => {
    const decoded = legacyCodec.decodeParams(message.params);
    const { id, method } = message;
    if (!decoded.ok) peer.refuse({ ...message, bytesIn }, decoded.error);
    else {
      const { params, progressToken } = decoded;
      peer.serve({ id, method, params, progressToken, logLevel, bytesIn }, client);
    }
  };

  /** What concerns the session itself. */
  const ownMethods = new Map<string, (request: Received) => void>([
    ['initialize', initialize],
    ['logging/setLevel', setLogLevel],
    ['tasks/list', listOwnTasks],
    ['resources/subscribe', watch],
    ['resources/unsubscribe', unwatch],
  ]);

  return {
    onRequest(message, bytesIn) {
      if (peer.isUnderWay(message.id)) return peer.refuse({ ...message, bytesIn }, ID_IN_USE, 'denied');
      if (message.method === 'ping') return peer.sendResult(message.id, EMPTY_RESULT);
      const serveOwn = ownMethods.get(message.method);
      return serveOwn === undefined ? serve(message, bytesIn) : serveOwn({ ...message, bytesIn });
    },
    onNotification(message) {
      if (message.method === 'notifications/initialized') open();
      else if (message.method === 'notifications/cancelled') peer.cancel(message);
      else if (message.method === 'notifications/roots/list_changed') announceRootsChanged(relay.viewOf(client));
    },
    onAnswer: (message) => questions.take(message),
    onRefused: (request, error, outcome) => peer.noteRefusal(request, error, outcome),
    abandon(reason) {
      questions.close();
      peer.abandonAll(reason);
    },
    settled: () => peer.settled(),
    close() {
      peer.abandonAll(new HubError('CANCELLED', 'the client is gone'));
      questions.close();
      for (const { watchers } of watchedIn) watchers.drop(watcher);
      for (const stop of closing) stop();
    },
  };
};

/** Upstreams that several clients share are not told of the roots of one. */
const announceRootsChanged = ({ upstreams, sessions }: View): void => {
  if (sessions.size !== 1) return;
  for (const name of upstreams.names) upstreams.get(name)?.announceRootsChanged();
};

/**
 * A client answers so itself: https://modelcontextprotocol.io/specification/2025-11-25/client/roots#error-handling for what it
 * cannot do, https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#error-handling for a mode that it lacks.
 */
const explain = ({ capability, mode }: Lack): { code: number; message: string } =>
  mode === undefined
    ? { code: METHOD_NOT_FOUND, message: `the client has no capability ${capability}` }
    : { code: INVALID_PARAMS, message: `the client has no capability ${capability}.${mode}` };

const ELICITATION_COMPLETE = 'notifications/elicitation/complete';

const EMPTY_RESULT = JSON.stringify({} satisfies JsonObject);
