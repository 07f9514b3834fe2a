import { describeRecordings } from './bench.ts';

describeRecordings('interruptions');
