import type { Accounts, Self } from "../../src/host/host.ts";

/** What commands are given that never get to ask for it. */
export const OF_NO_PROCESS: { readonly self: Self; readonly accounts: Accounts } = {
  self: { program: ["/bin/etcha"], isRoot: false },
  accounts: {
    userId: () => Promise.resolve(undefined),
    groupId: () => Promise.resolve(undefined),
    userName: () => Promise.resolve(undefined),
    groupName: () => Promise.resolve(undefined),
  },
};
