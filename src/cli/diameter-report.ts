/** What `imslab diameter` prints: a line an exchange, and the latency of each request of the file. */

import { headerLength } from '../diameter/codec/decode.js';
import { dissect } from '../diameter/index.js';
import { readAvps } from '../diameter/script/avp.js';
import { showAvps } from '../diameter/script/shown-avps.js';
import { resultText } from './diameter-message.js';
import type { Exchange, RequestCounts } from './diameter-player.js';
import { Latencies, type LatencySummary } from './latency.js';

export function exchangeLine(
  { number, request, isSent, answer, latencyMs, wrong }: Exchange,
  numberWidth: number,
  nameWidth: number,
): string {
  const missing = isSent ? 'no answer' : 'not sent';
  const result = answer === undefined ? missing : resultText(answer);
  const time = latencyMs === undefined ? '' : `  ${latencyMs.toFixed(2)} ms`;
  const head = `${String(number).padStart(numberWidth)}  ${request.name.padEnd(nameWidth)}  ${result}${time}`;
  return wrong.length === 0 ? head : `${head}  FAILED: ${wrong.join('; ')}`;
}

/** Reasons that are named for failures that have no line of their own. */
const reasonsMax = 5;

/** Failures beyond those that are told one by one: how many, and why. */
export class FurtherFailures {
  readonly #byReason = new Map<string, number>();
  #count = 0;

  add({ request, wrong }: Pick<Exchange, 'request' | 'wrong'>): void {
    this.#count += 1;
    const reason = `${request.name}: ${wrong.map(withoutValues).join('; ')}`;
    const known = this.#byReason.get(reason);
    if (known !== undefined || this.#byReason.size < reasonsMax) this.#byReason.set(reason, (known ?? 0) + 1);
  }

  lines(): readonly string[] {
    if (this.#count === 0) return [];
    const byCount = [...this.#byReason].sort(([, one], [, other]) => other - one);
    const named = byCount.map(([reason, count]) => `  ${count} × ${reason}`);
    const others = this.#count - [...this.#byReason.values()].reduce((sum, count) => sum + count, 0);
    return [`${this.#count} more failures:`, ...named, ...(others === 0 ? [] : [`  ${others} × for other reasons`])];
  }
}

/** What differs from one failure to the next for the same reason. */
function withoutValues(wrong: string): string {
  return wrong.replace(/\d+\.\d+ ms/, '… ms').replace(/(?<!^result) is .*, not .*/s, ' is not as expected');
}

export interface RequestReport {
  readonly name: string;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly results: Readonly<Record<string, number>>;
  readonly latencyMs: LatencySummary | undefined;
}

export function requestReport({ request, sent, answered, failed, results, latencies }: RequestCounts): RequestReport {
  return {
    name: request.name,
    sent,
    answered,
    failed,
    results: Object.fromEntries(results),
    latencyMs: latencies.summary(),
  };
}

export function totalReport(counts: Iterable<RequestCounts>): RequestReport {
  const latencies = new Latencies();
  const results = new Map<string, number>();
  let [sent, answered, failed] = [0, 0, 0];
  for (const one of counts) {
    latencies.addAll(one.latencies);
    sent += one.sent;
    answered += one.answered;
    failed += one.failed;
    for (const [result, count] of one.results) results.set(result, (results.get(result) ?? 0) + count);
  }
  return {
    name: 'total',
    sent,
    answered,
    failed,
    results: Object.fromEntries(results),
    latencyMs: latencies.summary(),
  };
}

const columns = ['min', 'median', 'p90', 'p95', 'p99', 'max'] as const;

/** A table with a line a request; latencies in ms. */
export function latencyTable(reports: readonly RequestReport[]): readonly string[] {
  const head = ['ms', 'sent', 'answered', 'failed', ...columns];
  const rows = reports.map(({ name, sent, answered, failed, latencyMs }) => [
    name,
    ...[sent, answered, failed].map(String),
    ...columns.map((column) => (latencyMs === undefined ? '-' : latencyMs[column].toFixed(2))),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ');
  return [head, ...rows].map(line);
}

/** The AVPs as a file would have them; octets that are no AVPs as digits. */
export function shownAvps(bytes: Buffer): unknown {
  const avps = readAvps(bytes, headerLength);
  if (avps !== undefined) return showAvps(avps);
  const message = dissect(bytes);
  return 'avps' in message ? message : bytes.toString('hex');
}

export function exchangeReport({ number, run, request, answer, latencyMs, wrong }: Exchange): unknown {
  return {
    number,
    run,
    name: request.name,
    result: answer === undefined ? undefined : resultText(answer),
    latencyMs: latencyMs === undefined ? undefined : Math.round(latencyMs * 1000) / 1000,
    wrong,
    answer: answer === undefined ? undefined : shownAvps(answer),
  };
}
