/** What result codes of an HSS mean to somebody who waits for a registration. RFC 6733 7.1, TS 29.229 6.2. */
import { resultText } from '../../src/ims/diameter-result.js';

it.each([
  ['error', 3002, /^Result-Code 3002 \(UNABLE_TO_DELIVER\): no agent on the way knows .*: compare Destination-Host/],
  ['error', 3010, /^Result-Code 3010 \(UNKNOWN_PEER\): .*enter our Origin-Host there$/],
  ['error', 5005, /^Result-Code 5005 \(MISSING_AVP\): see Failed-AVP/],
  ['experimental', 5005, /^Experimental-Result-Code 5005 \(ERROR_IDENTITY_ALREADY_REGISTERED\): see Error-Message/],
  ['error', 4999, /^Result-Code 4999: see Error-Message in its answer and its log at that time$/],
] as const)('%s %i', (kind, code, text) => {
  expect(resultText(kind, code)).toMatch(text);
});
