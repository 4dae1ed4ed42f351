import type { MessageRecord, TraceRecord } from '../../../src/environment/index.js';
import type { CaseOrder } from '../../../src/regression/case.js';
import { GoldenTrace } from '../../../src/regression/index.js';
import { createCaseRunner } from '../../../src/regression/play-case.js';

/** Plays a scenario and gives its flow. */
export async function playedFlow(
  file: string,
  topology: string,
  where: { readonly seed: number } | 'real',
): Promise<string> {
  const runner = createCaseRunner();
  const reading = { topology, set: [] };
  const [outline] = runner.outline(file, reading);
  const order = {
    case: {
      name: 'flow',
      scenario: outline!.name,
      file,
      topology,
      environment: where === 'real' ? 'real' : 'simulated',
      seed: where === 'real' ? undefined : where.seed,
      timeoutMs: 60_000,
      nodeCount: 2,
      alone: '',
    },
    reading,
    inspect: false,
    folder: undefined,
    golden: true,
    coverage: false,
  } satisfies CaseOrder;
  const outcome = await runner.play(order, () => {});
  expect(outcome.sentence).toBe(outcome.passed ? outcome.sentence : 'it passed');
  return outcome.golden!;
}

let id = 0;

/** A message as the trace has it; nodes `a` and `b` are at 192.0.2.1 and 192.0.2.2. */
export function message(way: 'a b' | 'b a', octets: string | Buffer, summary?: string): MessageRecord {
  const [fromNode, toNode] = way.split(' ') as [string, string];
  const bytes = typeof octets === 'string' ? Buffer.from(octets.replace(/\r?\n/g, '\r\n'), 'latin1') : octets;
  const endpoint = (node: string) => ({ address: node === 'a' ? '192.0.2.1' : '192.0.2.2', port: 5060 });
  id += 1;
  return {
    kind: 'message',
    time: id,
    id,
    protocol: typeof octets === 'string' ? 'sip' : 'diameter',
    transport: 'udp',
    from: endpoint(fromNode),
    to: endpoint(toNode),
    fromNode,
    toNode,
    summary: summary ?? bytes.toString('latin1').split(' SIP/2.0', 1)[0]!,
    bytes,
    sentIn: undefined,
  };
}

export function step(text: string): TraceRecord {
  return { kind: 'note', time: 0, node: '', what: 'scenario.step', text, clause: undefined };
}

export function flowOf(records: readonly TraceRecord[]): string {
  const golden = new GoldenTrace();
  for (const record of [step('go'), ...records]) golden.listener(record);
  return golden.text('test');
}
