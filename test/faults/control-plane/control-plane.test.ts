import { readFaultSettings } from '../stories/settings.ts';
import { describeDisasters } from './befall.ts';
import { DISASTERS } from './disasters.ts';

const { form } = readFaultSettings(process.env);

// Those that last have a suite of their own in the long form.
describeDisasters(form === 'Long' ? DISASTERS.filter(({ lasts }) => lasts === undefined) : DISASTERS);
