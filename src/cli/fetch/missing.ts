/** Recognizes, by git's messages, a repository that does not exist. Pure. */

/** The lines of git, and those that usual servers send through ssh. */
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

/**
 * Returns whether git failed because the repository or its branch does not exist: another attempt would fail in the same
 * way. Everything else, such as a server that cannot be reached, may be over soon.
 *
 * @param stderr git's messages, in English
 */
export function isMissing(stderr: string): boolean {
  return MISSING.some((pattern) => pattern.test(stderr));
}
