import { describeDisasters } from './befall.ts';
import { DISASTERS } from './disasters.ts';

// Those that last have a suite of their own.
describeDisasters(DISASTERS.filter(({ lasts }) => lasts === undefined));
