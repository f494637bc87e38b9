/** What all views have in common. */
import type { Answers } from '../client.js';

/** One tab of the page. */
export interface View {
  readonly id: string;
  readonly title: string;
  readonly panel: HTMLElement;
  /** Shows what the server answered. Called when that changes, and when the view is opened. */
  update(answers: Answers): void;
  /** Whether it shows what is used. The page asks for that only while such a view is open: it has a line for each option. */
  readonly showsUsage?: boolean;
  /** A number beside the title. */
  count?(answers: Answers): number | undefined;
}

/** Opens another view, with what it needs to know. */
export type Open = (id: string, argument?: string) => void;
