/** The issues of a YAML document, each with its path. Pure. */

/** An issue in a document. */
export interface YamlIssue {
  /** The path from the root: keys and indexes. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The offset in the document, in UTF-16 units. */
  readonly offset: number;
  /**
   * Whether it is valid YAML without a JSON value. The Rust command line silently converts such a node to another
   * value.
   */
  readonly isValue: boolean;
  /** Whether it is a key that is null, a list or a mapping, which JSON cannot represent. */
  readonly isKey: boolean;
}

/** What kind of issue it is; see {@link YamlIssue}. */
export type IssueKind = Partial<Pick<YamlIssue, 'isValue' | 'isKey'>>;

/** The path to a node, as a linked list. */
export interface Trail {
  readonly parent: Trail | undefined;
  readonly step: string | number;
  readonly depth: number;
}

/** Returns the path to a child of the node at `parent`. */
export function addStep(parent: Trail | undefined, step: string | number): Trail {
  return { parent, step, depth: (parent?.depth ?? 0) + 1 };
}

/** Returns the keys and indexes of a path. */
export function listSteps(trail: Trail | undefined): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = trail; at !== undefined; at = at.parent) path.unshift(at.step);
  return path;
}
