/** `imslab check`: the rules of the specifications, held against a capture of whatever network. */
import { checkCapture } from '../conformance/index.js';
import { UsageError } from '../lab/errors.js';
import { findTopology } from '../topology/find-file.js';
import { loadLab } from '../topology/load.js';
import { readCapture } from './capture-file.js';
import { checkDocument, checkLines } from './check-report.js';
import { EXIT_FAILED, EXIT_PASSED } from './exit.js';
import { plainTerminal } from './terminal.js';

interface CheckOptions {
  readonly topology?: string;
  readonly json?: boolean;
}

/** @param given a pcap or pcapng, the folder of a run, or its trace.jsonl; `-`: a capture on stdin */
export async function check(given: string, { topology, json }: CheckOptions): Promise<number> {
  const capture = readCapture(given, topology === undefined ? undefined : loadLab(findTopology(topology)));
  if (capture.records.length === 0) throw new UsageError(`${capture.file}: ${capture.shortcomings.join('; ')}`);
  const checked = checkCapture(capture);
  if (json === true) console.log(JSON.stringify(checkDocument(capture, checked), undefined, 2));
  const { line } = plainTerminal(json);
  for (const text of checkLines(capture, checked)) line(text);
  return checked.findings.length === 0 ? EXIT_PASSED : EXIT_FAILED;
}
