import { describeKills } from './kills.ts';

describeKills(['Leisurely']);
