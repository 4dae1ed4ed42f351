/** Identities of TS 23.003 13: how they are derived, and when two spellings name one identity. */
export { accessNetworkParts, accessParameterName } from './access-network.js';
export { canonicalIdentity, canonicalPrivateIdentity, canonicalServerName, identityKey } from './canonical.js';
export { contactExpires } from './contact-expiry.js';
export { type ContactFlow, contactFlow } from './contact-flow.js';
export { privateIdentityOf, temporaryPublicIdentity } from './from-imsi.js';
export { privateIdentityIn } from './from-request.js';
export { unbelievedClaim, unbelievedText } from './protection-claim.js';
export { servingMark, temporaryGruuIn, temporaryGruuUser } from './serving-mark.js';
export { visitedNetworkOf } from './visited-network.js';
