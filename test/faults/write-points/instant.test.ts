import { readFaultSettings } from '../stories/settings.ts';
import { describeKills } from './kills.ts';

// The quick form takes a few of all stories here; the long one has those of the other pace beside these.
describeKills(readFaultSettings(process.env).form === 'Quick' ? ['Instant', 'Leisurely'] : ['Instant']);
