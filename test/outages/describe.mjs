/** Says in words what pods did in an outage, for the tables of docs/reliability.md. */
import { isDeepStrictEqual } from 'node:util';
import { table } from '../support/page.mjs';
import { OUTAGES, SETTINGS } from './cases.mjs';

/** Says in words what a pod did; undefined: it ended. */
export function describe(seen, outage) {
  if (seen === undefined) return undefined;
  if (seen.code !== undefined) return '**does not start**';
  const text = [describeValues(seen, outage)];
  if (seen.health !== 'ok') text.push(seen.health);
  for (const level of ['warning', 'error']) {
    const count = seen.messages.filter((message) => message.level === level).length;
    if (count > 0) text.push(`${count === 1 ? 'one' : count} ${level}${count === 1 ? '' : 's'}`);
  }
  if (outage.stops)
    text.push(seen.safety['stop-payments'] ? 'the kill switch works' : '**the kill switch does not work**');
  return text.join(', ');
}

function describeValues({ shop, fallback }, { before, options, called }) {
  if (isDeepStrictEqual(shop, before)) {
    return fallback === 'lastGood' ? 'starts on the last good values' : 'serves the last values';
  }
  if (options !== undefined && isDeepStrictEqual(shop, options)) return `**serves ${called}**`;
  return `serves other values: ${JSON.stringify(shop)}`;
}

/** Says how a pod was after the file was rolled back. */
export function describeRecovery(seen, { before }) {
  if (seen === undefined) return 'is dead';
  if (seen.code !== undefined) return 'has not started';
  if (seen.health !== 'ok') return '**holds back the rollback**';
  return isDeepStrictEqual(seen.shop, before)
    ? 'serves its values'
    : `serves other values: ${JSON.stringify(seen.shop)}`;
}

/** Returns the tables of the page. */
export function formatOutages(rows) {
  const select = (describeRow) =>
    table(
      ['outage', ...SETTINGS.map(({ name }) => name)],
      OUTAGES.map(({ name }) => [
        name,
        ...SETTINGS.map((one) =>
          describeRow(rows.find(({ outage, settings }) => outage === name && settings === one.name)),
        ),
      ]),
    );
  return `A pod that was running:

${select(({ running }) => running)}

A pod that starts in the middle of the outage:

${select(({ starting }) => starting)}

Both, after the next poll, once the file is rolled back:

${select(({ recoveries: [running, starting] }) =>
  running === starting ? `both: ${running}` : `${running}; the other ${starting}`,
)}`;
}
