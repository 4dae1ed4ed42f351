/**
 * Machines below the procedures: they change state with every message and say nothing that the messages do not. A
 * ladder leaves them out, and a message is said to be sent by the procedure that used them.
 */
export const SUPPORTING_MACHINES: ReadonlySet<string> = new Set([
  'inviteClientTransaction',
  'inviteServerTransaction',
  'nonInviteClientTransaction',
  'nonInviteServerTransaction',
  'proxyBranch',
  'responseRetransmission',
  'lifecycle',
  'peer',
  'watchdog',
]);

/** Whether `actor`, such as `ue1 inviteClientTransaction calling`, is one of them. */
export function isSupporting(actor: string): boolean {
  const start = actor.indexOf(' ') + 1;
  return SUPPORTING_MACHINES.has(actor.slice(start, actor.indexOf(' ', start)));
}
