/** A store that cannot be used; the message says what is wrong and how to mend it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    /** `lmdb:subscribers.lmdb` */
    readonly address: string,
    readonly what: string,
    readonly mend: string,
  ) {
    super(`${address}: ${what}; ${mend}`);
  }
}
