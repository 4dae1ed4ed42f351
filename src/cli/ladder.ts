/** `imslab ladder`: the ladder of a run that is over. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileRecord, readTrace, renderLadder, TraceReadError } from '../trace/index.js';
import { EXIT_PASSED, UsageError } from './exit.js';
import { openTerminal } from './terminal.js';

/** @param given a trace.jsonl, or a folder that has one */
export async function ladder(given: string): Promise<number> {
  const isFolder = statSync(given, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(given, 'trace.jsonl') : given;
  if (!existsSync(file))
    throw new UsageError(
      `${file}: there is no such file; give the trace.jsonl of a run, such as out/latest/trace.jsonl`,
    );
  const records = read(file);
  const { width, colours } = openTerminal(false);
  process.stdout.write(renderLadder(records, participants(records), { width, colours }));
  return EXIT_PASSED;
}

function read(file: string): readonly FileRecord[] {
  try {
    return readTrace(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof TraceReadError)) throw error;
    throw new UsageError(`${file}: ${error.message}; give the trace.jsonl that a run has written`);
  }
}

/** In the order in which they appear, but for callees: the callee's first message comes from the core, to its right. */
function participants(records: readonly FileRecord[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) {
    if (record.kind !== 'message') continue;
    names.add(record.fromNode);
    names.add(record.toNode);
  }
  return [...names];
}
