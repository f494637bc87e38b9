/** Formats results on several versions of Node side by side, a column for each, as Markdown tables. */
import { nodeOf } from './machine.mjs';
import { isReached } from './rows.mjs';
import { factor, number, range, table, targetText, withUnit } from './table.mjs';

/** Formats the rows of all questions that have a target. */
export function targetsByNode(results) {
  const nodes = nodesOf(results);
  const lines = join(results, ({ name, rows }) =>
    rows.filter(({ target }) => target).map((row) => ({ ...row, question: `\`${name}\`` })),
  );
  return table(
    ['question', 'what', 'against', 'target', ...nodes.map(columnName)],
    lines.map((byNode) => {
      const [{ question, what, against = '' }] = byNode.values();
      return [question, what, against, targetsText(byNode), ...cells(byNode, nodes, resultText)];
    }),
  );
}

/** Formats all rows of one question. */
export function rowsByNode(results) {
  const nodes = nodesOf(results);
  return table(
    ['', 'against', ...nodes.map(columnName), 'target'],
    join(results, ({ rows }) => rows).map((byNode) => {
      const [{ what, against = '' }] = byNode.values();
      return [what, against, ...cells(byNode, nodes, figureText), targetsText(byNode)];
    }),
  );
}

/** Formats how the costs of one question grow. */
export function growthsByNode(results) {
  const nodes = nodesOf(results);
  return table(
    ['what grows', 'with', 'its law', ...nodes.map((node) => `power, ${columnName(node)}`), 'why steeper'],
    join(results, ({ growths }) => growths).map((byNode) => {
      const [{ what, x, law }] = byNode.values();
      const steeper = [...byNode.values()].find(({ isWithin }) => !isWithin);
      const limit = typeof law === 'number' ? `≤ ${law}` : law;
      return [what, x, limit, ...cells(byNode, nodes, powerText), steeper?.why ?? ''];
    }),
  );
}

function nodesOf(results) {
  return [...new Set(results.map(nodeOf))].sort((a, b) => a - b);
}

function columnName(node) {
  return `Node ${node}`;
}

/**
 * Joins the items of all results that are the same on different versions of Node: those with the same question, `what`
 * and `against`. Returns a map from the version to the item for each, in the order of their first occurrence.
 *
 * @throws {Error} if two items of one result are the same
 */
function join(results, itemsOf) {
  const joined = new Map();
  for (const result of results) {
    const node = nodeOf(result);
    for (const item of itemsOf(result)) {
      const key = JSON.stringify([result.name, item.what, item.against]);
      const byNode = joined.get(key) ?? new Map();
      if (byNode.has(node)) throw new Error(`The rows of ${result.name} must differ; two are ${key}.`);
      joined.set(key, byNode.set(node, item));
    }
  }
  return [...joined.values()];
}

function cells(byNode, nodes, format) {
  return nodes.map((node) => (byNode.has(node) ? format(byNode.get(node)) : ''));
}

/** Formats a row's figure, and its ratio to the other figure, with the spread of the more telling one. */
function figureText(row) {
  const { figure, other, ratio, unit } = row;
  const spread = (each) => range(each, number);
  const text =
    ratio === undefined
      ? `${withUnit(figure.median, unit)} ${spread(figure)}`
      : `${number(figure.median)} : ${withUnit(other.median, unit)} = ${factor(ratio.median)} ${spread(ratio)}`;
  return isReached(row) === false ? `${text} MISSED` : text;
}

/** Formats the figure that a row's target limits, and whether the figure reaches it. */
function resultText(row) {
  const { median } = row[row.target.of];
  const text = row.target.of === 'ratio' ? factor(median) : withUnit(median, row.unit);
  return `${text} ${isReached(row) ? 'reached' : 'MISSED'}`;
}

function powerText({ slope, isWithin }) {
  return isWithin ? slope.toFixed(2) : `${slope.toFixed(2)} STEEPER`;
}

/** Formats a row's target; with the versions of Node if it depends on them. */
function targetsText(byNode) {
  const nodesByText = new Map();
  for (const [node, row] of byNode) {
    const text = targetText(row);
    nodesByText.set(text, [...(nodesByText.get(text) ?? []), node]);
  }
  if (nodesByText.size === 1) return [...nodesByText.keys()][0];
  return [...nodesByText].map(([text, nodes]) => `${text || 'none'} (Node ${nodes.join(', ')})`).join('; ');
}
