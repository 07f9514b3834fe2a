/**
 * Loaded into the operator before anything else: its wall clock jumps by `?step=MILLISECONDS` at a SIGUSR2, and back at the
 * next one. Timers and the monotonic clock go on, as when the clock of a machine is set.
 */
const step = Number(new URL(import.meta.url).searchParams.get('step'));
const WallClock = globalThis.Date;
let offset = 0;

globalThis.Date = class extends WallClock {
  constructor(...given) {
    super(...(given.length === 0 ? [WallClock.now() + offset] : given));
  }

  static now() {
    return WallClock.now() + offset;
  }
};

process.on('SIGUSR2', () => {
  offset = offset === 0 ? step : 0;
});
