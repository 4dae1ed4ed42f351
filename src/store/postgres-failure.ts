/** Why a PostgreSQL database cannot be used, and what to do about it. */
import { StoreError } from './store-error.js';

/** What the driver says of a server that does not answer. */
const silence = /timeout expired|connection timeout|timeout exceeded when trying|read timeout/;

export function isSilence({ message }: Error): boolean {
  return silence.test(message);
}

/** Of a store in use, one plain sentence. */
export function reasonOf(error: Error): string {
  return isSilence(error) ? 'the PostgreSQL server does not answer; check that it runs' : error.message;
}

/** What the driver or the server say; what it means where that is not plain; the remedy. */
const known: readonly (readonly [said: RegExp, what: string | undefined, mend: string])[] = [
  [
    /password must be a/,
    'cannot be used, the server asks for a password',
    'write it: postgres://user:password@host/database',
  ],
  [
    /Invalid URL/,
    'is no address',
    'write postgres://user:password@host:5432/database, with %23 for # and the like in user and password',
  ],
  [silence, 'cannot be used, the server does not answer', 'check address and port, and that the server runs'],
  [/permission denied|read-only/, undefined, 'let this user do it (GRANT), or name the one that made the tables'],
  [/^belongs to/, undefined, 'end it first, or give this HSS a store of its own'],
];

/** @param shown the address without its password */
export function failureToOpen(shown: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const said = (error as Error).message || String((error as { code?: string }).code);
  const found = known.find(([pattern]) => pattern.test(said));
  if (found === undefined) {
    return new StoreError(
      shown,
      `cannot be used, ${said}`,
      'check address, user and database, and that the server runs',
    );
  }
  const [, what = /^belongs/.test(said) ? said : `cannot be used, ${said}`, mend] = found;
  return new StoreError(shown, what, mend);
}
