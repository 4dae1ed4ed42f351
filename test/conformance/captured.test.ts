import { undecidableNames } from '../../src/conformance/captured/decidable.js';
import { checkCapture, type Finding, inferNetwork, rules, rulesOfCapture } from '../../src/conformance/index.js';
import type { MessageRecord } from '../../src/environment/index.js';
import { NodeTable } from '../../src/trace/index.js';
import { type Driver, simulate } from './simulated.js';

const everything = async (driver: Driver): Promise<void> => {
  await driver.register('ue1', 'ue2');
  await driver.call('ue1', 'ue2');
  await driver.register('ue1'); // a refresh
  await driver.deregister('ue1', 'ue2');
};

const spoken = async (topology: string): Promise<readonly MessageRecord[]> => {
  const { records, findings } = await simulate(everything, { topology });
  expect(findings).toEqual([]);
  return records.filter(
    (record): record is MessageRecord =>
      record.kind === 'message' && (record.protocol === 'sip' || record.protocol === 'diameter'),
  );
};

/** As a capture has them: by their addresses alone. */
const check = (seen: readonly MessageRecord[]): readonly Finding[] => {
  const { nodes, homes } = inferNetwork(seen);
  const table = new NodeTable(nodes);
  const records = seen.map((record, index) => ({
    ...record,
    id: index + 1,
    fromNode: table.nameOf(record.from),
    toNode: table.nameOf(record.to),
    sentIn: undefined,
    fault: undefined,
  }));
  return checkCapture({ records, nodes, homes, isComplete: true }).findings;
};

const hopOf = ({ from, to }: MessageRecord): string => [from.address, to.address].sort().join(' ');

describe('who is who, from the messages alone', () => {
  it.each([
    'volte',
    'volte-ipv6',
    'volte-ipsec',
    'volte-two-scscf',
    'volte-two-pcscf',
    'volte-dra',
    'volte-slf',
    'volte-application-servers',
  ])('is what the topology says: %s', async (topology) => {
    const { records, facts } = await simulate(everything, { topology });
    const seen = records.filter(
      (record): record is MessageRecord => record.kind === 'message' && record.protocol !== 'rtp',
    );
    const { nodes, homes } = inferNetwork(seen);
    const table = new NodeTable(nodes);
    const roles = new Map(nodes.map(({ name, role }) => [name, role]));
    for (const { from, fromNode } of seen) {
      const role = roles.get(table.nameOf(from));
      if (role !== undefined) expect(`${fromNode} ${role}`).toBe(`${fromNode} ${facts.roleOf(fromNode)}`);
    }
    expect(new Set(roles.values())).toEqual(
      expect.objectContaining(new Set(['ue', 'p-cscf', 'i-cscf', 's-cscf', 'hss'])),
    );
    expect(homes).toEqual([facts.home]);
  });
});

/** As where CSCFs have another address for Diameter, which ends in 1xx, and write a host name into their Via. */
const withTwoAddresses = (seen: readonly MessageRecord[], nameOf: (address: string) => string): MessageRecord[] =>
  seen.map((record) => {
    const elsewhere = (end: MessageRecord['from']) => ({ ...end, address: end.address.replace(/\.(\d)$/, '.10$1') });
    if (record.protocol === 'diameter') return { ...record, from: elsewhere(record.from), to: elsewhere(record.to) };
    const text = record.bytes.toString('latin1');
    const named = text.replace(
      /^(Via: SIP\/2\.0\/\w+ )(192\.0\.2\.[23])\b/gm,
      (_, start: string, host: string) => start + nameOf(host),
    );
    return { ...record, bytes: Buffer.from(named, 'latin1') };
  });

describe('a CSCF with one address for SIP and another for Diameter', () => {
  const isCscf = ({ role }: { role?: string | undefined }): boolean => role === 'i-cscf' || role === 's-cscf';
  const names = new Map([
    ['192.0.2.2', 'icscf1'],
    ['192.0.2.3', 'scscf1'],
  ]);

  it('RFC 3261 18.1.1, RFC 6733 6.3: is one node where Via and Origin-Host have one name, and nobody is accused', async () => {
    const messages = await spoken('volte');
    const home = inferNetwork(messages).homes[0]!;
    const seen = withTwoAddresses(messages, (address) => `${names.get(address)}.${home}`);
    const cscfs = inferNetwork(seen).nodes.filter(isCscf);
    expect(cscfs.map(({ name, addresses }) => [name, [...addresses].sort()])).toEqual([
      ['icscf1', ['192.0.2.102', '192.0.2.2']],
      ['scscf1', ['192.0.2.103', '192.0.2.3']],
    ]);
    expect(check(seen)).toEqual([]);
    for (let at = 0; at <= seen.length; at += 8) expect(check(seen.slice(at))).toEqual([]);
  });

  it('stays two where both have the name of the domain, which tells nothing', async () => {
    const messages = await spoken('volte');
    const seen = withTwoAddresses(messages, () => 'ims.example');
    expect(inferNetwork(seen).nodes.filter(isCscf)).toHaveLength(4);
  });
});

describe('a capture that lacks something accuses nobody', () => {
  it.each(['volte', 'volte-ipsec'])('of all messages but one: %s', async (topology) => {
    const messages = await spoken(topology);
    for (let at = 0; at < messages.length; at += 2) expect(check(messages.toSpliced(at, 1))).toEqual([]);
  });

  it.each(['volte', 'volte-ipv6', 'volte-dra', 'volte-application-servers'])(
    'that begins or ends anywhere, or has one hop only, or not that one: %s',
    async (topology) => {
      const messages = await spoken(topology);
      for (let at = 0; at <= messages.length; at += 8) {
        expect(check(messages.slice(at))).toEqual([]);
        expect(check(messages.slice(0, at))).toEqual([]);
      }
      for (const hop of new Set(messages.map(hopOf))) {
        expect(check(messages.filter((each) => hopOf(each) === hop))).toEqual([]);
        expect(check(messages.filter((each) => hopOf(each) !== hop))).toEqual([]);
      }
    },
  );
});

describe('rules that a capture cannot decide', () => {
  it('are rules that there are', () => {
    const known = new Set(rules.flatMap(({ id, title }) => [id, title]));
    expect(undecidableNames.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are all others than those that are held, and each has a reason', () => {
    const { held, leftOut } = rulesOfCapture({ knowsHome: true });
    const ids = new Set([...held.map(({ id }) => id), ...leftOut.flatMap((each) => each.ids)]);
    expect([...ids].sort()).toEqual([...new Set(rules.map(({ id }) => id))].sort());
    expect(held.length).toBeGreaterThan(rules.length / 2);
    expect(rulesOfCapture({ knowsHome: false }).leftOut.flatMap((each) => each.ids)).toContain('REG-10');
  });
});
