/** The attempts of `fetch-schemas`: their time, and which failures end them. */
import { expect, it } from 'vitest';
import { FETCH_LIMITS, RETRY_WAITS } from '../../src/cli/fetch/fetch-all.js';
import { adviseOn, isLasting } from '../../src/cli/fetch/lasting.js';
import { GRACE } from '../../src/cli/git/git.js';

it('A call of git may take 30 seconds, and there is time for four attempts that hang', () => {
  expect(FETCH_LIMITS.callSeconds).toBe(30);
  const attempts = RETRY_WAITS.length + 1;
  const waits = RETRY_WAITS.reduce((sum, wait) => sum + wait, 0);
  expect(attempts).toBe(4);
  expect(attempts * (FETCH_LIMITS.callSeconds * 1_000 + GRACE) + waits).toBeLessThan(FETCH_LIMITS.seconds * 1_000);
});

const HINT = `fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.`;

it.each([
  ["fatal: repository '/srv/none' does not exist"],
  [`fatal: '/srv/none' does not appear to be a git repository\n${HINT}`],
  ["remote: Not Found\nfatal: repository 'https://git.example.com/none.git/' not found"],
  ['fatal: Remote branch gone not found in upstream origin'],
  [`ERROR: Repository not found.\n${HINT}`],
  [`remote: ERROR: The project you were looking for could not be found or you don't have permission.\n${HINT}`],
  [`GitLab: The project you were looking for could not be found.\n${HINT}`],
  [`Forgejo: Cannot find repository: team/none\n\n${HINT}`],
  [`conq: repository does not exist.\n${HINT}`],
])('Git says that a repository or a branch does not exist: %j', (stderr) => {
  expect(isLasting(stderr)).toBe(true);
});

it.each([
  [`git@git.example.com: Permission denied (publickey).\n${HINT}`, 'credentials'],
  [`git@git.example.com: Permission denied (publickey,password).\n${HINT}`, 'credentials'],
  ["fatal: could not read Username for 'https://git.example.com': terminal prompts disabled", 'credentials'],
  ["remote: Invalid username\nfatal: Authentication failed for 'https://git.example.com/x/'", 'credentials'],
  ["fatal: unable to access 'https://git.example.com/x/': The requested URL returned error: 403", 'credentials'],
  [`Host key verification failed.\n${HINT}`, 'known_hosts'],
  [
    "fatal: unable to access 'https://git.example.com/x/': SSL certificate problem: self-signed certificate",
    'certificate',
  ],
  [
    "fatal: unable to access 'https://git.example.com/x/': server certificate verification failed. CAfile: none",
    'certificate',
  ],
  ["fatal: unable to access 'https://git example.com/': URL using bad/illegal format or missing URL", 'Correct url'],
])('The server rejects us, which another attempt does not change: %j', (stderr, advice) => {
  expect(isLasting(stderr)).toBe(true);
  expect(adviseOn(stderr)).toContain(advice);
});

it.each([
  [`ssh: connect to host git.example.com port 22: Connection timed out\n${HINT}`],
  ["fatal: unable to access 'https://git.example.com/x/': Could not resolve host: git.example.com"],
  ["fatal: unable to access 'https://git.example.com/x/': The requested URL returned error: 503"],
  ['remote: the database was not found\nfatal: the remote end hung up unexpectedly'],
])('Another attempt may succeed: %j', (stderr) => {
  expect(isLasting(stderr)).toBe(false);
});
