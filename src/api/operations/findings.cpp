// SPDX-License-Identifier: Apache-2.0
// Operations of our own: what a person should look at (guide 11.5; docs/onboarding.md "Findings").
#include "api/constraints.hpp"
#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

Reply shown(const cloud::Finding& finding) {
  Reply reply{{"findingId", finding.id},
              {"kind", json_key(name_of(finding.kind))},
              {"evidence", finding.evidence},
              {"count", finding.count},
              {"status", finding.is_open ? "OPEN" : "CLOSED"},
              {"firstSeen", timestamp(finding.first_seen)},
              {"lastSeen", timestamp(finding.last_seen)}};
  if (!finding.subject.empty()) reply["subject"] = finding.subject;
  if (!finding.thing_name.empty()) reply["thingName"] = finding.thing_name;
  return reply;
}

}  // namespace

Outcome list_findings(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const bool with_closed = constraints.query_flag(request, "includeClosed").value_or(false);
  XL_CHECK(constraints.result());
  XL_TRY(const auto page, page_request(request, kTokens));
  XL_TRY(const auto found, registry.findings().list(request.account.id, with_closed, page));
  return listing(
      "findings", kTokens, found, [](const cloud::Finding& finding) { return shown(finding); }, &cloud::Finding::id);
}

tl::expected<Change, Fault> close_finding(const Request& request, const Site&) {
  return [account = request.account.id,
          id = find_parameter(request.labels, "findingId").value_or("")](cloud::Registry& registry) -> Outcome {
    XL_CHECK(registry.findings().close(account, id));
    XL_TRY(const cloud::Finding finding, registry.findings().find(account, id));
    return shown(finding);
  };
}

}  // namespace xl::api
