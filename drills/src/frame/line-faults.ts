/** What can be done to one line while it runs: a very poor network, turned on and off by a drill's script. */

export interface LineFaults {
  /** One way, each direction, ms of virtual time; order is kept. */
  delayMs: number;
  /** Open but silent (a half-open connection): bytes are kept and come when it ends. */
  stalled: boolean;
  /** The share of chunks, 0 to 1, that come a retransmission (200 to 3,000 ms) later; TCP loses time, not bytes. */
  loss: number;
  /** Ends both sides as a reset does. What was on its way is lost. */
  reset(): void;
  /** Lets so many more bytes down to the display, or to the agent, then resets: a truncated reply. */
  resetAfter(bytes: number): void;
}
