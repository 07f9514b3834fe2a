import { answerTask } from '../../../support/child.ts';
import { play, type Sequences } from './sequences.ts';

answerTask((asked: Sequences) => play(asked));
