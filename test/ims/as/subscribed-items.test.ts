import { itemsIn } from '../../../src/ims/as/subscribed-item.js';
import { SubscribedItems } from '../../../src/ims/as/subscribed-items.js';

const alice = 'sip:alice@example.org';
const bob = 'sip:bob@example.org';
const query = (...serviceIndications: readonly string[]) =>
  ({ dataReferences: ['RepositoryData', 'IMSUserState'], serviceIndications, identitySets: [], dsaiTags: [] }) as const;
const names = (items: SubscribedItems, of: string, now = 0) => items.of(of, now).map(({ name }) => name);

it('TS 29.328 6.1.3: a subscription is for each service, of one user', () => {
  const items = new SubscribedItems();
  items.add(alice, itemsIn(query('mmtel', 'ussd'), 'sip:as@example.org'));
  items.add(bob, itemsIn(query('mmtel'), 'sip:as@example.org'));
  expect(names(items, alice)).toEqual(['RepositoryData of mmtel', 'RepositoryData of ussd', 'IMSUserState']);
  items.remove(alice, itemsIn(query('mmtel'), 'sip:as@example.org'));
  expect(names(items, alice)).toEqual(['RepositoryData of ussd']);
  expect(names(items, bob)).toEqual(['RepositoryData of mmtel', 'IMSUserState']);
  expect(items.count(0)).toBe(3);
});

it('TS 29.328 6.1.3: it ends at its Expiry-Time, and a further one sets another', () => {
  const items = new SubscribedItems();
  items.add(alice, itemsIn(query('mmtel'), 'sip:as@example.org', 2_000));
  items.add(bob, itemsIn(query('mmtel'), 'sip:as@example.org', 1_000));
  items.add(bob, itemsIn({ ...query(), dataReferences: ['IMSUserState'] }, 'sip:as@example.org'));
  expect(items.count(999)).toBe(4);
  expect(names(items, bob, 1_000)).toEqual(['IMSUserState']);
  expect(names(items, alice, 1_999)).toHaveLength(2);
  expect(items.count(2_000)).toBe(1);
});

it('TS 29.328 6.1.4: a document tells of what it has', () => {
  const [mmtel, state] = itemsIn(query('mmtel'), 'sip:as@example.org');
  const data = { repositoryData: [{ serviceIndication: 'mmtel', sequenceNumber: 1, serviceData: undefined }] };
  expect([mmtel!.isIn(data), state!.isIn(data)]).toEqual([true, false]);
  expect(mmtel!.isIn({ repositoryData: [{ ...data.repositoryData[0]!, serviceIndication: 'ussd' }] })).toBe(false);
});
