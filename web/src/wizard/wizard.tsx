// SPDX-License-Identifier: Apache-2.0
import "./wizard.css";
import { AddDevice } from "./add_device";
import { Progress } from "./progress";

/** The claim wizard of an account: a device is added, or a claim that this browser has made is followed. */
export function Wizard({ account, claimId }: { account: string; claimId: string }) {
  return (
    <div class="wizard">
      <header>
        <a href={`/claim/${account}`} aria-label="Add a device">
          <img src={`/claim/${account}/logo`} alt="" width="40" height="40" />
        </a>
        <span class="brand">{account}</span>
      </header>
      <main>{claimId ? <Progress account={account} claimId={claimId} /> : <AddDevice account={account} />}</main>
    </div>
  );
}
