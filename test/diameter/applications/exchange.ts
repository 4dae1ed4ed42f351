import type { DiameterLab } from '../peer/lab.js';

/** Notes what it is asked, and gives the reply. */
export type Serve<TReply> = (query: unknown, respond: (reply: TReply) => void) => void;

/** Runs one exchange; returns what each side saw. */
export function runExchange<TReply>(
  lab: DiameterLab,
  begin: (serve: Serve<TReply>) => void,
  reply: TReply,
  ask: (onAnswer: (answer: unknown) => void) => void,
): { query: unknown; answer: unknown } {
  const seen: { query: unknown; answer: unknown } = { query: undefined, answer: undefined };
  begin((query, respond) => {
    seen.query = query;
    respond(reply);
  });
  ask((answer) => {
    seen.answer = answer;
  });
  lab.run(100);
  return seen;
}
