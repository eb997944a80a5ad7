// SPDX-License-Identifier: Apache-2.0
import { api } from "./console";
import { useLive } from "./live";
import { Ago, Chip, Problem } from "./parts";

interface Data {
  grants: { customer: { id: string; name: string }; proof: string; lots: string[]; created: number }[];
  keys: { id: string; isActive: boolean; created: number }[];
}

/** What a claimant must show. */
const proofs: Record<string, string> = {
  voucher: "the label",
  "voucher+present": "the label, while the module is connected",
  open: "the ThingName alone",
};

export function Grants({ onSessionEnd }: { onSessionEnd: () => void }) {
  const { data, problem } = useLive<Data>(`${api}/grants`, onSessionEnd);
  if (!data) return <Problem text={problem} />;
  return (
    <>
      <section aria-labelledby="grants">
        <h2 id="grants">Who may claim your modules</h2>
        <Problem text={problem} />
        {data.grants.length === 0 && <p class="quiet">Nobody yet.</p>}
        {data.grants.length > 0 && (
          <table>
            <thead>
              <tr><th scope="col">Customer</th><th scope="col">Account</th><th scope="col">By showing</th><th scope="col">Of lots</th><th scope="col">Since</th></tr>
            </thead>
            <tbody>
              {data.grants.map((grant) => (
                <tr key={grant.customer.id}>
                  <th scope="row">{grant.customer.name}</th>
                  <td data-label="Account">{grant.customer.id}</td>
                  <td data-label="By showing">
                    {proofs[grant.proof] ?? grant.proof} {grant.proof === "open" && <Chip mood="bad" text="open" />}
                  </td>
                  <td data-label="Of lots">{grant.lots.length > 0 ? grant.lots.join(", ") : "all"}</td>
                  <td data-label="Since"><Ago at={grant.created} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section aria-labelledby="keys">
        <h2 id="keys">Keys that sign your labels</h2>
        {data.keys.length === 0 && <p class="quiet">None: no label of yours can be claimed.</p>}
        {data.keys.length > 0 && (
          <table>
            <thead><tr><th scope="col">Key</th><th scope="col">State</th><th scope="col">Since</th></tr></thead>
            <tbody>
              {data.keys.map((key) => (
                <tr key={key.id}>
                  <th scope="row">{key.id}</th>
                  <td data-label="State"><Chip mood={key.isActive ? "good" : "plain"} text={key.isActive ? "in force" : "revoked"} /></td>
                  <td data-label="Since"><Ago at={key.created} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
    </>
  );
}
