import { describeRecordings } from './bench.ts';

describeRecordings('migrations');
