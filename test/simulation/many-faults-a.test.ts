import { describeWorlds } from './many-faults.ts';

describeWorlds(1001);
