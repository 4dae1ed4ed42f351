/** A topology file held against the schemas: what stands in it, and what is wrong with each part by itself. */
import type { Names } from './name-records.js';
import { InputError, type Problem } from './problem.js';
import type { Source } from './source.js';
import {
  externalSchemas,
  type LinkInput,
  linkSchema,
  type NodeInput,
  nodeSchemas,
  topologyFrame,
} from './topology-schema.js';
import { check } from './validate.js';

/** A line's keys as the file has them, after its role's schema; a UE line may stand for many. */
export interface CheckedNode {
  readonly name: string;
  readonly input: NodeInput;
}

export interface CheckedTopology {
  readonly home: string;
  /** Those without a mistake of their own. */
  readonly nodes: readonly CheckedNode[];
  readonly links: readonly LinkInput[];
  readonly names: Names;
}

/** What can be read is returned, so that one wrong node does not hide what is wrong elsewhere. */
export function checkTopology(source: Source): { topology: CheckedTopology; problems: Problem[] } {
  const raw = source.value();
  const frame = check(topologyFrame, raw, source);
  if ('problems' in frame) {
    if (!hasNodes(raw)) throw new InputError(frame.problems);
  }
  const problems: Problem[] = 'problems' in frame ? [...frame.problems] : [];
  const { home, nodes, links } = raw as { home?: unknown; nodes: Record<string, unknown>; links?: unknown };
  const topology = {
    home: 'data' in frame ? frame.data.home : String(home),
    nodes: Object.entries(nodes).flatMap(([name, value]) => {
      const input = checkNode(name, value, source, problems);
      return input === undefined ? [] : [{ name, input }];
    }),
    names: 'data' in frame ? (frame.data.names ?? {}) : {},
    links: (Array.isArray(links) ? links : []).flatMap((value: unknown, index) => {
      const result = check(linkSchema, value, source, ['links', index]);
      if ('data' in result) return [result.data];
      problems.push(...result.problems);
      return [];
    }),
  };
  if (problems.length === 0 && topology.nodes.length === 0) {
    problems.push(source.problem(['nodes'], 'has no nodes', 'add one, such as ue1: { role: ue, … }'));
  }
  return { topology, problems };
}

function hasNodes(raw: unknown): boolean {
  const nodes = (raw as { nodes?: unknown } | null | undefined)?.nodes;
  return typeof nodes === 'object' && nodes !== null && !Array.isArray(nodes);
}

function checkNode(name: string, value: unknown, source: Source, problems: Problem[]): NodeInput | undefined {
  const path = ['nodes', name];
  const { role, external } = (value ?? {}) as { role?: unknown; external?: unknown };
  if (typeof role !== 'string' || !Object.hasOwn(nodeSchemas, role)) return undefined; // the frame has said so
  const schemas = external === true ? externalSchemas : nodeSchemas;
  const result = check(schemas[role as keyof typeof schemas], value, source, path);
  if ('data' in result) return result.data;
  problems.push(
    ...result.problems.filter(({ key }) => key !== `nodes.${name}.role` && key !== `nodes.${name}.external`),
  );
  return undefined;
}
