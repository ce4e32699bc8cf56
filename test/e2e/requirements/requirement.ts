/** A statement of the specification that concerns whoever stands between clients and servers. */
export interface Requirement {
  /** Where the specification says it. */
  readonly source: string;
  /** What holds, in one sentence. */
  readonly behavior: string;
  /** Why the hub does not do so; then the tests that cite it are those that are expected to fail. */
  readonly knownFailure?: string;
}
