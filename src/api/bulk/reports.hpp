// SPDX-License-Identifier: Apache-2.0
// The reports of bulk registrations, read with URLs that need no key: like S3's presigned ones they carry a signature,
// good for one piece of one report and for an hour.
#pragma once
#include <string>

#include "cloud/ports/registry.hpp"
#include "crypto/aead.hpp"
#include "net/http.hpp"

namespace xl::api::bulk {

struct ReportPiece {
  std::string account_id;
  std::string task_id;
  cloud::ReportType type = cloud::ReportType::results;
  std::int64_t first_line = 0;
};

/// "ERRORS" or "RESULTS".
std::string_view name_of(cloud::ReportType type);
/// Path and query: "/thing-registration-reports/…?expires=…&signature=…".
std::string signed_target(const ReportPiece& piece, const crypto::AeadKey& master_key, UnixMillis now);

bool is_for_report(const net::HttpRequest& request);
/// Newline-delimited JSON; 403 without a signature that counts, which tells nothing of what there is.
net::HttpResponse report_response(const net::HttpRequest& request, const cloud::Registry& registry,
                                  const crypto::AeadKey& master_key, const std::string& request_id);

}  // namespace xl::api::bulk
