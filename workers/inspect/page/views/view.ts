/** What all views have in common. */
import type { Answers } from '../client.js';

/** One tab of the page. */
export interface View {
  readonly id: string;
  readonly title: string;
  readonly panel: HTMLElement;
  /** Shows what the server answered. Called when that changes, and when the view is opened. */
  update(answers: Answers): void;
  /** A number beside the title. */
  count?(answers: Answers): number | undefined;
}

/** Opens another view, with what it needs to know. */
export type Open = (id: string, argument?: string) => void;
