import { testWorlds } from './many-faults.ts';

testWorlds(2001);
