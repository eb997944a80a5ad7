// SPDX-License-Identifier: Apache-2.0
#include "cloud/rules/findings.hpp"

#include "base/log.hpp"
#include "cloud/ports/if_found.hpp"
#include "crypto/random.hpp"

namespace xl::cloud::rules {

Status note_finding(Registry& registry, FindingKind kind, std::string_view account_id, std::string_view subject,
                    std::string_view thing_name, std::string_view evidence, UnixMillis now) {
  XL_TRY(const auto reader, if_found(registry.accounts().find(account_id)));
  if (!reader) return {};  // the account is deleted: nobody would read it
  Finding finding;
  finding.id = "fnd-" + crypto::random_hex(16);
  finding.account_id = account_id;
  finding.kind = kind;
  finding.subject = subject;
  finding.thing_name = thing_name;
  finding.evidence = evidence;
  finding.first_seen = finding.last_seen = now;
  XL_TRY(const bool is_new, registry.findings().note(finding));
  if (!is_new) return {};
  log::warn("onboarding", "finding",
            {{"kind", std::string(name_of(kind))},
             {"account", finding.account_id},
             {"thing", finding.thing_name},
             {"subject", finding.subject},
             {"evidence", finding.evidence}});
  return {};
}

Status note_finding_of_module(Registry& registry, FindingKind kind, const Custody& module, std::string_view evidence,
                              UnixMillis now) {
  if (module.vendor_account.empty()) return {};
  return note_finding(registry, kind, module.vendor_account, module.fingerprint, module.thing_name, evidence, now);
}

}  // namespace xl::cloud::rules
