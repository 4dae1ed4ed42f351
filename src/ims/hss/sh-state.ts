/** What application servers have left of one IMS subscription over Sh, and whom of them it tells (TS 29.328). Plain data. */
export interface ShState {
  /** By public identity and service indication. */
  readonly repositoryData: readonly unknown[];
}
