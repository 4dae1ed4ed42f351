/** HTTP Digest in SIP, with AKA (RFC 2617, 3261 22, 3310, 4169; TS 24.229 7.2A). */
export {
  type AuthenticationInfo,
  formatAuthenticationInfo,
  parseAuthenticationInfo,
  responseAuthentication,
} from './authentication-info.js';
export { Challenge, type ChallengeFields, formatChallenge, parseChallenge } from './challenge.js';
export {
  answerChallenge,
  type ChallengeAnswer,
  Credentials,
  type CredentialsFields,
  type ExpectedResponseInput,
  expectedResponse,
  formatCredentials,
  parseCredentials,
} from './credentials.js';
export {
  akaV2Password,
  type DigestAlgorithm,
  type DigestInput,
  type DigestSecret,
  type DigestSteps,
  digestAlgorithm,
  digestHa1,
  digestResponse,
  digestSteps,
  sameResponse,
} from './digest.js';
export { digestParameter, parseParameters, withParameter } from './parameters.js';
