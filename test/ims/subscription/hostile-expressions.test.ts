import { matchingCriteria } from '../../../src/ims/subscription/matching-criteria.js';
import { matchingIdentity } from '../../../src/ims/subscription/matching-identity.js';

it('CX-54: an expression that would go back for ever meets a long Request-URI, and the node goes on', () => {
  const requestUri = `sip:${'a'.repeat(20_000)}!@ims.example`;
  const triggers = [{ point: { kind: 'requestUri', pattern: '(a+)+$' }, negated: false, groups: [0] }] as const;
  const applicationServer = {
    serverName: 'sip:as.example',
    defaultHandling: 'continue',
    includeRegisterRequest: false,
    includeRegisterResponse: false,
  } as const;
  const filterCriteria = [{ priority: 0, triggerPoint: { form: 'cnf', triggers }, applicationServer }] as const;
  const request = { method: 'INVITE', requestUri, sessionCase: 0, values: () => [] } as const;
  expect(matchingCriteria({ publicIdentities: [], filterCriteria }, request)).toEqual([]);
});

it('REG-83: so does a wildcard', () => {
  const wildcard = { uri: 'sip:!([a-z0-9.]+)*!@x.example', barred: false, kind: 'wildcarded' } as const;
  expect(matchingIdentity([wildcard], `sip:${'a'.repeat(20_000)}-@x.example`)).toBeUndefined();
});
