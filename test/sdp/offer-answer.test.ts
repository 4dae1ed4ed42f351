import fc from 'fast-check';
import {
  buildAnswer,
  buildOffer,
  dropOffer,
  noOfferYet,
  type OfferAnswer,
  type OfferAnswerStep,
  receiveAnswer,
  receiveOffer,
  sendAnswer,
  sendOffer,
} from '../../src/sdp/index.js';

const offer = buildOffer({ address: '192.0.2.1', port: 4000, sessionId: '1' });
const answer = buildAnswer(offer, { address: '192.0.2.2', port: 5000, sessionId: '2' })!;

function stateOf(step: OfferAnswerStep): OfferAnswer {
  if (!step.ok) throw new Error(step.refusal);
  return step.state;
}

describe('offer and answer', () => {
  it('SIP-57 / RFC 3264 4: an offer and its answer make the agreed pair', () => {
    const caller = stateOf(receiveAnswer(stateOf(sendOffer(noOfferYet, offer)), answer));
    expect(caller).toEqual({ phase: 'idle', local: offer, remote: answer, offer: undefined });
    const callee = stateOf(sendAnswer(stateOf(receiveOffer(noOfferYet, offer)), answer));
    expect(callee).toEqual({ phase: 'idle', local: answer, remote: offer, offer: undefined });
  });

  it('RFC 3311 5.2: a second offer meets 491 or 500, a lone answer nothing', () => {
    const sent = stateOf(sendOffer(noOfferYet, offer));
    expect(receiveOffer(sent, offer)).toEqual({ ok: false, refusal: 'offerPending' });
    const received = stateOf(receiveOffer(noOfferYet, offer));
    expect(receiveOffer(received, offer)).toEqual({ ok: false, refusal: 'answerOwed' });
    expect(sendOffer(received, offer)).toEqual({ ok: false, refusal: 'answerOwed' });
    expect(receiveAnswer(noOfferYet, answer)).toEqual({ ok: false, refusal: 'noOffer' });
    expect(sendAnswer(sent, answer)).toEqual({ ok: false, refusal: 'noOffer' });
  });

  it('RFC 3261 14.1: a refused offer leaves the agreed pair', () => {
    const agreed = stateOf(receiveAnswer(stateOf(sendOffer(noOfferYet, offer)), answer));
    expect(dropOffer(stateOf(sendOffer(agreed, offer)))).toEqual(agreed);
  });

  it('an offer is outstanding exactly in the two phases that say so', () => {
    const steps = [sendOffer, receiveOffer, sendAnswer, receiveAnswer];
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 30 }), (choices) => {
        let state = noOfferYet;
        for (const choice of choices) {
          const step = steps[choice];
          if (step === undefined) state = dropOffer(state);
          else {
            const result = step(state, offer);
            if (result.ok) state = result.state;
          }
          expect(state.offer === undefined).toBe(state.phase === 'idle');
          expect(state.local === undefined).toBe(state.remote === undefined);
        }
      }),
    );
  });
});
