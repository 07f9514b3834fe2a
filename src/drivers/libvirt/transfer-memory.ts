/** What the driver remembers of the migration that this process has started, or follows. */
export interface TransferMemory {
  readonly uid: string;
  readonly isOver: boolean;
  /** Milliseconds since the epoch: when libvirt was last told to abort it. */
  readonly abortedAt?: number | undefined;
  /** Whether libvirt was told to force it to its end. */
  readonly isForced?: boolean | undefined;
  readonly words: string;
}
