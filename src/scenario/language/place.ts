/** Where a step of the typed API was written. */
import { fileURLToPath } from 'node:url';
import { InputError } from '../../topology/problem.js';
import { duration } from '../../topology/scalars.js';
import { displayName } from '../../topology/source.js';
import type { StepPlace } from '../model.js';

/** Milliseconds, or a number with its unit. */
export type Duration = number | `${number}${'ms' | 's' | 'min' | 'h'}`;

/** `file:///home/me/volte.test.ts:31:9` at the end of a stack's line, with or without brackets. */
const FRAME = /(?:\(|at (?:async )?)([^()]+?):(\d+):(\d+)\)?$/;

/** The line that called `step`, a function of this room. */
export function callerOf(step: (...options: never[]) => unknown): StepPlace {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, step);
  const line = holder.stack?.split('\n')[1]?.trim() ?? '';
  const frame = FRAME.exec(line);
  if (frame === null) return { where: '', key: '' };
  const [, file, row, column] = frame;
  const path = file!.startsWith('file:') ? fileURLToPath(file!) : file!;
  return { where: `${displayName(path)}:${row}:${column}`, key: '' };
}

/** Throws InputError for what is no duration. */
export function milliseconds(value: Duration, key: string, { where }: StepPlace): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  const result = duration.safeParse(value);
  if (result.success) return result.data;
  const what = `${value} is no duration`;
  throw new InputError([{ where, key, what, mend: 'write milliseconds, or a number and a unit: 500ms, 2s, 4min, 1h' }]);
}
