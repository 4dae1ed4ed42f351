/** Any user profile that a document can hold. */
import fc from 'fast-check';
import type {
  InitialFilterCriterion,
  ServicePoint,
  TriggerPoint,
} from '../../../src/ims/subscription/filter-criteria.js';
import type { PublicIdentity, ServiceProfile } from '../../../src/ims/subscription/subscriber.js';

/** White space at the ends is nobody's. */
const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 20 })
  .map((each) => each.replace(/[^\x20-\ud7ff]/g, '').trim())
  .filter((each) => each !== '');

const user = fc.stringMatching(/^[a-z0-9.]{1,10}$/);

const identity: fc.Arbitrary<PublicIdentity> = fc
  .record(
    {
      uri: user.map((name) => `sip:${name}@home.example`),
      barred: fc.boolean(),
      kind: fc.constantFrom('distinct' as const, 'distinctPsi' as const),
      aliasGroup: text,
      displayName: text,
    },
    { requiredKeys: ['uri', 'barred', 'kind'] },
  )
  .chain((each) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(each) },
      fc
        .tuple(user, fc.constantFrom('.*', '[0-9]{2,4}', '(a|b)+', '[[:alpha:]]?'))
        .chain(([name, expression]) =>
          fc
            .constantFrom('wildcarded' as const, 'wildcardedPsi' as const)
            .map((kind) => ({ ...each, kind, uri: `sip:${name}!${expression}!@home.example` })),
        ),
    ),
  );

const point: fc.Arbitrary<ServicePoint> = fc.oneof(
  fc.record({ kind: fc.constant('requestUri' as const), pattern: text }),
  fc.record({
    kind: fc.constant('method' as const),
    method: fc.constantFrom('INVITE', 'MESSAGE'),
    registrationTypes: fc.constant([]),
  }),
  fc.record({
    kind: fc.constant('method' as const),
    method: fc.constant('REGISTER'),
    registrationTypes: fc.uniqueArray(fc.constantFrom('initial' as const, 're' as const, 'de' as const), {
      maxLength: 2,
    }),
  }),
  fc.record(
    { kind: fc.constant('sipHeader' as const), header: text, content: text },
    { requiredKeys: ['kind', 'header'] },
  ),
  fc.record({ kind: fc.constant('sessionCase' as const), sessionCase: fc.constantFrom(0, 1, 2, 3, 4) }),
  fc.record(
    { kind: fc.constant('sessionDescription' as const), line: fc.constantFrom('m', 'a', 'v'), content: text },
    { requiredKeys: ['kind', 'line'] },
  ),
);

const triggerPoint: fc.Arbitrary<TriggerPoint> = fc.record({
  form: fc.constantFrom('cnf' as const, 'dnf' as const),
  triggers: fc.array(
    fc.record({
      point,
      negated: fc.boolean(),
      groups: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const criterion: fc.Arbitrary<InitialFilterCriterion> = fc.record(
  {
    priority: fc.nat(1000),
    triggerPoint,
    applicationServer: fc.record(
      {
        serverName: user.map((name) => `sip:${name}.home.example:5060;lr`),
        defaultHandling: fc.constantFrom('continue' as const, 'terminate' as const),
        serviceInfo: text,
        includeRegisterRequest: fc.boolean(),
        includeRegisterResponse: fc.boolean(),
      },
      { requiredKeys: ['serverName', 'defaultHandling', 'includeRegisterRequest', 'includeRegisterResponse'] },
    ),
    profilePart: fc.constantFrom('registered' as const, 'unregistered' as const),
  },
  { requiredKeys: ['priority', 'applicationServer'] },
);

export const serviceProfiles: fc.Arbitrary<readonly ServiceProfile[]> = fc.array(
  fc.record(
    {
      publicIdentities: fc.array(identity, { minLength: 1, maxLength: 4 }),
      filterCriteria: fc
        .uniqueArray(criterion, { maxLength: 4, selector: ({ priority }) => priority })
        .map((list) => list.sort((one, other) => one.priority - other.priority)),
      sharedSets: fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 3 }),
      mediaProfile: fc.nat(1000),
      serviceIds: fc.array(text, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['publicIdentities', 'filterCriteria'] },
  ),
  { minLength: 1, maxLength: 3 },
);
