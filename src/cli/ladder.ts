/** `imslab ladder`: the ladder of a run that is over. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { type FileRecord, LADDER_ORDER, readTrace, renderLadder, TraceReadError } from '../trace/index.js';
import { EXIT_PASSED } from './exit.js';
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
    const text = readFileSync(file, 'utf8');
    if (text === '') throw new UsageError(`${file}: is empty; give the trace.jsonl that a run has written`);
    const records = readTrace(text);
    if (!text.endsWith('\n')) console.error(`${file}: its last line is unfinished, the ladder ends before it`);
    return records;
  } catch (error) {
    if (!(error instanceof TraceReadError)) throw error;
    throw new UsageError(`${file}: ${error.message}; give the trace.jsonl that a run has written`);
  }
}

/** In the order of the live ladder, which the trace begins with; then in which they appear. */
function participants(records: readonly FileRecord[]): readonly string[] {
  const names = new Set<string>();
  for (const record of records) {
    if (record.kind === 'note' && record.what === LADDER_ORDER) {
      for (const name of record.text.split(', ')) names.add(name);
    } else if (record.kind === 'message') {
      names.add(record.fromNode);
      names.add(record.toNode);
    }
  }
  const seen = new Set(
    records.flatMap((record) => (record.kind === 'message' ? [record.fromNode, record.toNode] : [])),
  );
  return [...names].filter((name) => seen.has(name));
}
