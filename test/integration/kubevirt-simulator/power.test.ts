import { describeRecordings } from './bench.ts';

describeRecordings('power');
