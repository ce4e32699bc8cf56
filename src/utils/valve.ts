/** Something that can be told to deliver nothing for a while. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Holds up many flows at one place. A flow that joins while it is shut is held up too; one that leaves goes on. */
export interface Valve {
  shut(): void;
  open(): void;
  add(flow: Flow): void;
  remove(flow: Flow): void;
}

/** A valve that is open. */
export const createValve = (): Valve => {
  const flows = new Set<Flow>();
  let isShut = false;
  return {
    shut() {
      if (isShut) return;
      isShut = true;
      for (const flow of flows) flow.pause();
    },
    open() {
      if (!isShut) return;
      isShut = false;
      for (const flow of flows) flow.resume();
    },
    add(flow) {
      flows.add(flow);
      if (isShut) flow.pause();
    },
    remove(flow) {
      if (flows.delete(flow) && isShut) flow.resume();
    },
  };
};

/** A flow whose deliverer asks before each piece. */
export interface Gate extends Flow {
  /** Resolves while the flow is not held up; undefined where nothing has to be waited for. */
  passed(): Promise<void> | undefined;
}

export const createGate = (): Gate => {
  let open: PromiseWithResolvers<void> | undefined;
  return {
    pause() {
      open ??= Promise.withResolvers<void>();
    },
    resume() {
      open?.resolve();
      open = undefined;
    },
    passed: () => open?.promise,
  };
};
