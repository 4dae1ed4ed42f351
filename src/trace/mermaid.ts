/** A ladder as a Mermaid sequence diagram: what GitHub and most editors draw in Markdown. */
import { type ArrowEvent, type LadderEvent, withMediaCount } from './ladder-event.js';
import { isLost } from './loss.js';

/** Mermaid refuses diagrams beyond 50,000 characters (its maxTextSize), and GitHub lets nobody change that. */
const LENGTH_MAX = 45_000;
/** A page's width. Of a crowd of UEs the first are drawn. */
export const PARTICIPANTS_MAX = 20;
/** Solid for requests, dotted for responses; filled heads for SIP and RTP, open ones for Diameter. */
const ARROWS = {
  sip: { request: '->>', response: '-->>' },
  diameter: { request: '-)', response: '--)' },
  rtp: { request: '->>', response: '-->>' },
} as const;
/** Ends in a cross: it did not get there. */
const LOST = { request: '-x', response: '--x' } as const;

export function mermaidDiagram(participants: readonly string[], events: readonly LadderEvent[]): string {
  const nodes = participants.slice(0, PARTICIPANTS_MAX);
  const leftOut = new Set(participants.slice(PARTICIPANTS_MAX));
  const lines = ['sequenceDiagram'];
  nodes.forEach((name, index) => {
    lines.push(`  participant ${participant(index)} as ${escaped(name)}`);
  });
  if (leftOut.size > 0) lines.push(noteOver(nodes, `${leftOut.size} more nodes below`));
  let length = lines.join('\n').length;
  for (const [index, event] of events.entries()) {
    if (event.kind === 'note' && leftOut.has(event.node)) continue;
    const line = eventLine(nodes, event);
    if (line === undefined) continue;
    length += line.length + 1;
    if (length > LENGTH_MAX) {
      lines.push(noteOver(nodes, `${events.length - index} more below`));
      break;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

function eventLine(nodes: readonly string[], event: LadderEvent): string | undefined {
  if (event.kind === 'arrow') return arrowLine(nodes, event);
  const index = nodes.indexOf(event.node);
  if (event.kind === 'state') {
    return index < 0 ? undefined : `  Note over ${participant(index)}: ${escaped(`${event.machine} ${event.state}`)}`;
  }
  const text = event.isFault ? `fault: ${event.text}` : event.text;
  return index < 0 ? noteOver(nodes, text) : `  Note over ${participant(index)}: ${escaped(text)}`;
}

function arrowLine(nodes: readonly string[], event: ArrowEvent): string | undefined {
  const from = nodes.indexOf(event.from);
  const to = nodes.indexOf(event.to);
  if (from < 0 || to < 0) return undefined;
  const arrows = isLost(event.fault) ? LOST : ARROWS[event.protocol];
  const arrow = arrows[event.isResponse ? 'response' : 'request'];
  const label = escaped(withMediaCount(event).labels[0] ?? '');
  return `  ${participant(from)}${arrow}${participant(to)}: ${label}`;
}

/** Over all participants. */
function noteOver(nodes: readonly string[], text: string): string {
  const ends = nodes.length > 1 ? `${participant(0)},${participant(nodes.length - 1)}` : participant(0);
  return `  Note over ${ends}: ${escaped(text)}`;
}

/** Names may be addresses or words of Mermaid's own. */
function participant(index: number): string {
  return `n${index + 1}`;
}

/** Mermaid's entity codes for the characters that would end the text or begin an entity. */
function escaped(text: string): string {
  return text.replace(/[#;<>]/g, (character) => `#${character.charCodeAt(0)};`);
}
