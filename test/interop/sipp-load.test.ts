import { createHash } from 'node:crypto';
import type { TraceRecord } from '../../src/environment/index.js';
import { OpenLab } from '../../src/lab/open-lab.js';
import { FunctionNode } from '../../src/node/index.js';
import { loadLab } from '../../src/topology/load.js';
import { bareSummary } from '../../src/trace/index.js';
import { TestFolder } from '../topology/files.js';
import { authentication, hasSipp, homeDomain, runSipp, type SippResult } from './sipp.js';

if (!hasSipp) console.log('sipp is not installed: the lab is not tried with a thousand sipp UEs');

const count = 1_000;
const perSecond = 50;
const topology = `
home: ${homeDomain}
nodes:
  pcscf1: { role: p-cscf, listen: [udp://127.0.10.1:5060, tcp://127.0.10.1:5060] }
  icscf1: { role: i-cscf, listen: [udp://127.0.10.2:5060, tcp://127.0.10.2:5060], diameter: { hss: hss1 } }
  scscf1: { role: s-cscf, listen: [udp://127.0.10.3:5060, tcp://127.0.10.3:5060], diameter: { hss: hss1 } }
  hss1: { role: hss, listen: [tcp://127.0.10.4:3868], subscribers: subscribers.yaml }
  sipp: { role: ue, external: true, address: udp://127.0.10.20:5070 }
`;
const subscribers = `
subscribers:
  - count: ${count}
    imsi: "001010000100000"
    msisdn: "+15550200000"
    k: 696d736c61622d6b65792d3030303034
    op: 696d736c61622d6f70657261746f722d
    amf: "3030"
    sqn: 0x100000000000
    res-without-zero-octets: true
`;

/** Counts what passes. A SIP message that a node sends a second time with the same octets is repeated. */
class Traffic {
  sip = 0;
  repeated = 0;
  /** Answers of Cx by what they say. */
  readonly answers: Record<string, number> = {};
  readonly #sent = new Set<string>();

  readonly listener = (record: TraceRecord): void => {
    if (record.kind !== 'message') return;
    const { protocol, fromNode, bytes, summary } = record;
    if (protocol === 'diameter' && /^[UMS]AA /.test(summary)) this.answers[summary] = (this.answers[summary] ?? 0) + 1;
    if (protocol !== 'sip') return;
    this.sip += 1;
    const digest = createHash('md5').update(fromNode).update(bytes).digest('base64');
    if (this.#sent.has(digest)) this.repeated += 1;
    else this.#sent.add(digest);
  };
}

(hasSipp ? describe : describe.skip)(`${count} sipp UEs, ${perSecond} a second`, () => {
  const folder = new TestFolder();
  const traffic = new Traffic();
  let lab: OpenLab;
  let result: SippResult;
  let instancesAtRest: ReadonlyMap<string, number>;

  beforeAll(async () => {
    folder.write('subscribers.yaml', subscribers);
    const written = loadLab(folder.write('t.yaml', topology));
    lab = new OpenLab({
      written,
      environment: 'real',
      seed: 0,
      judging: false,
      listeners: () => [traffic.listener],
    });
    await lab.start();
    instancesAtRest = new Map(nodes().map(({ name, instanceCount }) => [name, instanceCount]));
    const before = process.cpuUsage();
    const calls = Array.from({ length: count }, (_, number) => {
      const imsi = `001010000${100_000 + number}`;
      return [imsi, homeDomain, authentication(imsi)];
    });
    const place = { server: '127.0.10.1', address: '127.0.10.20' };
    result = await runSipp({ folder, scenario: 'register-and-deregister', calls, ...place, rate: perSecond });
    const { user, system } = process.cpuUsage(before);
    const { successful, failed, retransmissions } = result;
    console.log(
      `${successful} sipp UEs registered and de-registered, ${failed} failed; retransmissions: ${retransmissions} of sipp, ` +
        `${traffic.repeated} of ${traffic.sip} SIP messages in all; CPU of this process: ${(user + system) / 1e6} s`,
    );
  }, 90_000);

  afterAll(async () => {
    await lab?.close({ ...bareSummary, title: 'sipp' }, {});
    folder.remove();
  });

  const nodes = (): readonly FunctionNode[] =>
    lab.lab.nodes.map(({ name }) => lab.running.node(name)).filter((node) => node instanceof FunctionNode);

  it('register and de-register, each of them', () => {
    const { status, output, ...counts } = result;
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(counts).toMatchObject({ created: count, successful: count, failed: 0 });
  });

  it('cost the HSS eight questions each, none of them twice', () => {
    expect(traffic.answers).toEqual({
      'UAA 2001 FIRST_REGISTRATION': count,
      'UAA 2002 SUBSEQUENT_REGISTRATION': count,
      'UAA 2001 SUCCESS': 2 * count,
      'MAA 2001 SUCCESS': 2 * count,
      'SAA 2001 SUCCESS': 2 * count,
    });
  });

  it('are no retransmission storm, also on a machine that has other work', () => {
    // Four REGISTERs, three hops.
    // A machine that is busy repeats more, and then a few of the copies are answered as new.
    const once = traffic.sip - traffic.repeated;
    expect(once).toBeGreaterThanOrEqual(24 * count);
    expect(once).toBeLessThan(25 * count);
    expect(traffic.repeated).toBeLessThan(traffic.sip / 2);
    expect(result.retransmissions).toBeLessThan(count);
  });

  it('leave empty tables, and no machine but transactions that wait for their timers', () => {
    for (const node of nodes()) {
      const { clientTransactions = 0, serverTransactions = 0, connections, ...tables } = node.counts;
      const nothing = Object.fromEntries(Object.keys(tables).map((table) => [table, 0]));
      expect({ node: node.name, ...tables }).toEqual({ node: node.name, ...nothing });
      const transactions = clientTransactions + serverTransactions;
      expect(node.instanceCount - transactions).toBeLessThanOrEqual(instancesAtRest.get(node.name)!);
    }
    const claims = nodes().flatMap((node) => [...(node.inspect().assigned ?? []), ...(node.inspect().served ?? [])]);
    expect(claims).toEqual([]);
    expect(lab.running.invariantBreaches()).toEqual([]);
  });
});
