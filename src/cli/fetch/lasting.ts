/** Recognizes, by git's messages, what another attempt would not change, and says what to do. Pure. */

/** The lines of git, and those that usual servers send through ssh, of a repository or a branch that does not exist. */
const MISSING: readonly RegExp[] = [
  // A path; a path on a server, through ssh; and status 404 of https.
  /^fatal: (?:repository )?'.*' (?:does not exist|does not appear to be a git repository|not found)$/m,
  // A branch, as a server's configuration may name it.
  /^fatal: Remote branch .* not found in upstream /m,
  // GitHub, GitLab, Forgejo and Gitea, Bitbucket.
  /^ERROR: Repository not found\.$/m,
  /^(?:GitLab|remote: ERROR|ERROR): The project you were looking for could not be found/m,
  /^(?:Forgejo|Gitea): Cannot find repository: /m,
  /^(?:conq: )?repository does not exist\.$/m,
];

const CREDENTIALS = 'Give git credentials that can read the repository';
const HOST_KEY = 'Add the key of the server to known_hosts';
const CERTIFICATE = "Install the authority of the server's certificate, or correct url";

/** Other failures that last, and what to do. */
const REJECTED: readonly (readonly [RegExp, string])[] = [
  // ssh; https, without a terminal to ask for a password; and statuses 401 and 403.
  [/Permission denied \([a-z,-]+\)\.?$/m, CREDENTIALS],
  [/^fatal: could not read (?:Username|Password) for /m, CREDENTIALS],
  [/^fatal: Authentication failed for /m, CREDENTIALS],
  [/The requested URL returned error: 40[13]$/m, CREDENTIALS],
  [/^Host key verification failed\.$/m, HOST_KEY],
  [/(?:SSL certificate problem: |server certificate verification failed)/, CERTIFICATE],
  [/^fatal: unable to access '.*': URL (?:using bad\/illegal format|rejected: )/m, 'Correct url'],
];

/**
 * Returns whether git failed in a way that another attempt would not change: the repository or its branch does not exist,
 * or the server rejects us. Everything else, such as a server that cannot be reached, may be over soon.
 *
 * @param stderr git's messages, in English
 */
export function isLasting(stderr: string): boolean {
  return MISSING.some((pattern) => pattern.test(stderr)) || adviseOn(stderr) !== undefined;
}

/** Returns what to do if the server rejects us; undefined if git's message has another cause. */
export function adviseOn(stderr: string): string | undefined {
  return REJECTED.find(([pattern]) => pattern.test(stderr))?.[1];
}
