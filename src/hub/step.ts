/** A part of a change that is prepared: what could not follow has failed before. */
export interface Step {
  apply(): void;
  /** Goes back to what was before, also where `apply` has only begun. */
  undo(): void;
}
