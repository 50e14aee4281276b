import { describeWorlds } from './many-faults.ts';

describeWorlds(2001);
