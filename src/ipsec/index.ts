/** IPsec of the IMS access: security agreement (RFC 3329), keys and associations (TS 33.203), ESP (RFC 4303) in UDP (RFC 3948). */
export { type AlgorithmPair, algorithmPair, algorithmPairs, isSamePair } from './algorithms.js';
export { IpsecLayer, type IpsecLayerOptions } from './ipsec-layer.js';
export {
  associationSet,
  choose,
  chooseFromServer,
  formatSecurityMechanisms,
  type IpsecProposal,
  ipsecProposal,
  mechanismProblem,
  type OfferOptions,
  offer,
  type ProtectedPorts,
  type ProtectedSpis,
  protectedEnd,
  SPI_MAX,
  SPI_MIN,
  sameAgreement,
  spisDiffer,
} from './security-agreement.js';
export { formatSecurityMechanism, parseSecurityMechanisms, type SecurityMechanism } from './security-mechanism.js';
export { espTableLines } from './wireshark-table.js';
