import { describeDisasters } from './befall.ts';
import { DISASTERS } from './disasters.ts';

describeDisasters(DISASTERS.filter(({ lasts }) => lasts !== undefined));
