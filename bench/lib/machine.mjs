/** Describes the machine of a measurement, its Node, and its other load. */
import { cpus, loadavg, totalmem } from 'node:os';

/** The major version of Node that runs this process. */
export const NODE = majorOf(process.version);

/** Describes the machine, Node and the date. `load`: how many processes wanted a core over the last minute. */
export function describeMachine() {
  const cores = cpus();
  return {
    processor: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    load: Number(loadavg()[0].toFixed(2)),
  };
}

/** Returns the major version of the Node that a result was measured on. */
export function nodeOf({ machine }) {
  return majorOf(machine.node);
}

/** Formats the machine in one line. */
export function machineText({ processor, cores, memoryGiB, platform, node, date, load }) {
  const place = `${processor}, ${cores} cores, ${memoryGiB} GiB · ${platform} · Node ${node} · ${date}`;
  return load === undefined ? place : `${place} · load ${load} before the measurement`;
}

function majorOf(version) {
  return Number(/^v(\d+)/.exec(version)[1]);
}
