/** What the exit codes of the plugin mean. */
export const EXIT_CODES = {
  done: 0,
  refused: 1,
  usage: 2,
  waitedInVain: 3,
  unreachable: 4,
  interrupted: 130,
} as const;

export const EXIT_CODE_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: 'It is done; with --wait, it has come to the end that was asked for.',
  refused: 'It was refused, or is not there; with --wait, it has come to another end.',
  usage: "The command line can't be used; nothing was sent.",
  waitedInVain: 'The time of --timeout was over; what was asked for goes on.',
  unreachable: 'No usable kubeconfig, or the API server does not answer.',
  interrupted: 'Ended with Ctrl-C; what was asked for goes on.',
};
