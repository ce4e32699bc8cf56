import type { UpstreamConfig } from '../config/hub-config.ts';
import type { EventBus } from '../events/bus.ts';
import type { UpstreamEnvelope } from '../protocol/codec.ts';
import { createCallLimit } from './call-limit.ts';
import { createLifecycle, type Lifecycle } from './lifecycle.ts';
import { createNotices, type Notices } from './notices.ts';
import { createWishes, type Wishes } from './wishes.ts';

/** What outlives the processes and configurations that an upstream of one name has one after the other. */
export interface Lineage {
  readonly lifecycle: Lifecycle;
  /** Who is told of what it says. */
  readonly notices: Notices;
  /** What is wanted of it beyond calls. */
  readonly wishes: Wishes;
}

export interface LineageOptions {
  readonly bus: EventBus;
  readonly envelope: UpstreamEnvelope;
  /** Its present configuration. */
  readonly configOf: () => Pick<UpstreamConfig, 'name' | 'timeouts'>;
}

export const createLineage = ({ bus, envelope, configOf }: LineageOptions): Lineage => ({
  lifecycle: createLifecycle(configOf().name, bus),
  notices: createNotices(),
  wishes: createWishes(envelope, (method, signal) => createCallLimit(configOf(), method, signal)),
});
