import { describeGuardContract } from './testing-parts/contract.ts';
import { chainedMounts, mounts } from './testing-parts/mounts/index.ts';

for (const { name, mount, parsesFirst } of [...mounts, ...chainedMounts]) {
  describeGuardContract(name, mount, parsesFirst);
}
