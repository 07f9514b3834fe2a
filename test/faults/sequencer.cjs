const { default: Sequencer } = require('@jest/test-sequencer');

/** What works beside what waits: two that work at once take longer than one after the other. */
const ORDER = [
  'network',
  'stopped-leader',
  'write-points',
  'stale-standby',
  'clock',
  'any-order',
  'control-plane',
  'random',
  'fuzz',
];

/** Order of the suites in the long form; one that is not named comes first. */
module.exports = class FaultSequencer extends Sequencer {
  sort(tests) {
    const place = ({ path }) => ORDER.findIndex((name) => path.includes(name));
    return [...tests].sort((one, other) => place(one) - place(other));
  }
};
