import { testWorlds } from './many-faults.ts';

testWorlds(1001);
