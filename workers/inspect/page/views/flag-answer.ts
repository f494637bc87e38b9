/** The answer beside the form in the view of flags: why a flag is on or off. */
import type { ExplainAnswer } from '../../../../src/status/answers.js';
import { type Child, draw, make, makeIcon, makeTime, now, quote } from '../dom.js';
import { describeOperator, describeStep, listSteps, type Step } from '../flags.js';
import { formatLine } from '../text.js';

const OUTCOMES = { failed: 'Did not match', on: 'Decided: on', off: 'Decided: off', untried: 'Not tried' } as const;

/** Makes the answer for a context: on or off, the rollout, and the segments in the order in which they were tried. */
export function makeAnswer(answer: ExplainAnswer): Child[] {
  const { enabled, text, segment, rollout, bucket } = answer;
  const steps = listSteps(answer);
  return [
    make(
      'div',
      { class: enabled ? 'answer on' : 'answer off' },
      make('strong', {}, enabled ? 'On' : 'Off'),
      make(
        'div',
        {},
        quote(answer.flag, 'strong'),
        make('div', {}, `Because ${text}`, segment === undefined ? null : [': segment ', quote(segment)], '.'),
      ),
    ),
    bucket === undefined || rollout === undefined ? null : makeRollout(bucket, rollout),
    steps.length === 0 ? null : make('ol', { class: 'steps' }, ...steps.map(makeStep)),
    make('small', {}, 'Evaluated with the live values ', makeTime(new Date(now()).toISOString(), true), '.'),
  ];
}

/** Draws the rollout as the part of a line that is on, and the bucket as a mark on it. */
function makeRollout(bucket: number, rollout: number): HTMLElement {
  const label = `Bucket ${bucket}. The flag is on for buckets up to ${rollout}.`;
  return make(
    'figure',
    { class: 'rollout' },
    draw(
      'svg',
      { viewBox: '0 0 100 8', role: 'img', 'aria-label': label, preserveAspectRatio: 'none' },
      draw('rect', { class: 'rest', x: 0, y: 2, width: 100, height: 4 }),
      draw('rect', { class: 'part', x: 0, y: 2, width: Math.min(100, rollout + 1), height: 4 }),
      draw('rect', { class: 'bucket', x: bucket, y: 0, width: 1, height: 8 }),
    ),
    make('figcaption', {}, label),
  );
}

function makeStep(step: Step): HTMLElement {
  const { failed } = step;
  return make(
    'li',
    { class: `step ${step.outcome}` },
    makeIcon(step.outcome, OUTCOMES[step.outcome]),
    make(
      'div',
      {},
      make('div', {}, quote(step.name, 'strong'), make('span', { class: 'muted' }, ` ${describeStep(step)}`)),
      make('small', {}, OUTCOMES[step.outcome], failed === undefined ? '' : ': ', failed && makeFailure(failed)),
    ),
  );
}

function makeFailure(failed: NonNullable<Step['failed']>): Child {
  const { property, operator, expected, actual } = failed;
  const isShown = 'expected' in failed;
  return [
    quote(property),
    ` ${describeOperator(operator)} `,
    isShown ? quote(formatLine(expected ?? null, 300)) : 'a value that is not shown',
    isShown ? ['; the context has ', actual === undefined ? 'no such property' : quote(formatLine(actual, 300))] : null,
    '.',
  ];
}
