/**
 * Which elements of a user profile are its own: those without a prefix, and those with the prefix of the root. The schema
 * CxDataType has no namespace; what has another prefix is foreign (`xs:any namespace="##other"`, TS 29.228 Annex E).
 */

/** With its colon; empty where the root has none. */
export function ownPrefix(xml: string): string {
  return /<([^\s<>:!?/]+:)?IMSSubscription[\s>/]/.exec(xml)?.[1] ?? '';
}

/** Without the prefix where it is an own one. */
export function ownName(name: string, prefix: string): string {
  return prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
