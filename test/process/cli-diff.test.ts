/** `sentry-options diff` of two roots: the answers of the Rust command line, and what ours adds to them. */
import { replayTopic } from '../support/cli-replay.js';

replayTopic('diff', { concurrent: true });
