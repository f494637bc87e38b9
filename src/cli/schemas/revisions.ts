/**
 * Fetches several versions of this repository, and reads their schemas. Runs in the command line's main thread.
 */
import { parseAddress } from '../fetch/address.js';
import { Git } from '../git/git.js';
import { Deadline, type GitLimits, readLimits } from '../git/limits.js';
import { Workspace } from '../git/workspace.js';
import { CommandError } from '../terminal/errors.js';
import { withCleanUp } from '../terminal/interrupt.js';
import type { Output } from '../terminal/output.js';
import { Progress } from '../terminal/progress.js';
import { type CommittedSchema, fetchRevision, locateSchemas, type Revision, readCommitted } from './committed.js';

/** The schemas of several revisions. */
interface ReadRevisions {
  readonly versions: readonly (readonly CommittedSchema[])[];
  /** The end of all work on them. */
  readonly deadline: Deadline;
  readonly limits: GitLimits;
}

/**
 * Returns the schemas of each revision in `names`.
 *
 * @param names commits, branches or tags of `origin`
 * @param directory the schemas directory, as the user wrote it
 * @throws {CommandError} if git fails or exceeds a limit, or if no revision has a schema
 */
export async function readRevisions(
  names: readonly string[],
  directory: string,
  output: Output,
): Promise<ReadRevisions> {
  // A repository that is not a fresh clone may need a large part of the history; of a large shallow clone, git lists
  // all objects in memory.
  const limits = readLimits(process.env, { memory: 192, disk: 1024 });
  const workspace = new Workspace();
  const deadline = new Deadline(limits.seconds);
  const progress = new Progress(names, !output.isQuiet);
  const cleanUp = (): void => {
    progress.clear();
    workspace.abandon('SIGTERM');
  };
  return await withCleanUp(cleanUp, async () => {
    progress.draw();
    const settings = { limits, deadline, workspace };
    const git = new Git({ ...settings, hasOwnServer: await hasLocalOrigin(new Git(settings)) });
    const revisions: Revision[] = [];
    for (const name of names) {
      try {
        revisions.push(await fetchRevision(git, name));
      } finally {
        progress.end(name);
      }
    }
    const path = await locateSchemas(git, directory, revisions);
    const versions = await Promise.all(revisions.map((revision) => readCommitted(git, revision, path, directory)));
    for (const [index, { id }] of revisions.entries()) {
      const name = names[index] as string;
      const count = (versions[index] as readonly CommittedSchema[]).length;
      output.info('Read schemas', { ...(name === id ? {} : { revision: name }), commit: id, schemas: count });
    }
    if (versions.every(({ length }) => length === 0)) {
      throw new CommandError(
        `no commit has a schema in '${directory}'. Run this in the service's repository, or set SENTRY_OPTIONS_DIR ` +
          'to its schemas directory',
      );
    }
    return { versions, deadline, limits };
  });
}

/** Whether `origin` is on this machine: git then starts its server itself, with our limits. */
async function hasLocalOrigin(git: Git): Promise<boolean> {
  const { isOk, stdout } = await git.run(['remote', 'get-url', 'origin']);
  const address = parseAddress(stdout.toString().trim(), process.cwd());
  return isOk && !('issue' in address) && address.isLocal;
}
