/** A pattern, field path or matcher that the user wrote and that cannot be meant so. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    /** Where in the pattern: `['message']`, `['with', 'Contact.expires']`; empty: the whole of what was given. */
    readonly key: readonly string[],
    /** `there is no method REGSTER`. */
    readonly what: string,
    /** `did you mean 'REGISTER'?` */
    readonly mend: string,
  ) {
    super(`${key.length === 0 ? '' : `${key.join('.')}: `}${what}; ${mend}`);
  }

  /** The same error of a part that stands under `key`. */
  under(...key: readonly string[]): PatternError {
    return new PatternError([...key, ...this.key], this.what, this.mend);
  }
}
