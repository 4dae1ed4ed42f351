/** What a message's octets are after a fault, or why it could do nothing to them. */
export type Changed = Buffer | { readonly whyNot: string };
