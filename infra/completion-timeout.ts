// Completion's time-out, by itself because the queue's visibility time-out follows from it.
import { Duration } from 'aws-cdk-lib';

/** Ten marks side by side, each of which Sourcegraph may leave without an answer for 20 s, with the table around it. */
export const COMPLETION_TIMEOUT = Duration.seconds(60);
