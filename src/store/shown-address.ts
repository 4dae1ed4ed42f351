/** The address of a store as it may be shown: without the password in it. */
export function shownAddress(address: string): string {
  return address.replace(/^([a-z]+:\/\/[^:/@]*):.*@(?=[^@]*$)/, '$1@');
}
