// SPDX-License-Identifier: Apache-2.0
#include "api/bulk/reports.hpp"

#include <charconv>

#include "api/reply.hpp"
#include "api/request.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace xl::api::bulk {
namespace {

constexpr std::string_view kRoot = "/thing-registration-reports/";
constexpr std::chrono::hours kLifetime{1};

std::string path_of(const ReportPiece& piece) {
  return std::string(kRoot) + piece.account_id + "/" + piece.task_id + "/" + std::string(name_of(piece.type)) + "/" +
         std::to_string(piece.first_line);
}

/// `expires`: epoch seconds. Nothing else that is made with the master key can pass for it.
std::string signature_of(std::string_view path, std::string_view expires, const crypto::AeadKey& master_key) {
  const auto key = crypto::hmac_sha256(master_key, as_bytes("thing-registration-reports"));
  return hex_encode(crypto::hmac_sha256(key, as_bytes(std::string(path) + "\n" + std::string(expires))));
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A path that we have signed.
std::optional<ReportPiece> piece_of(std::string_view path) {
  const auto parts = split(path.substr(kRoot.size()), '/');
  if (parts.size() != 4) return std::nullopt;
  const auto first_line = number_in(parts[3]);
  if (!first_line) return std::nullopt;
  const bool of_errors = parts[2] == name_of(cloud::ReportType::errors);
  return ReportPiece{std::string(parts[0]), std::string(parts[1]),
                     of_errors ? cloud::ReportType::errors : cloud::ReportType::results, *first_line};
}

tl::expected<std::string, Fault> report_for(const net::HttpRequest& request, const cloud::Registry& registry,
                                            const crypto::AeadKey& master_key) {
  const auto query = parse_parameters(request.query());
  const std::string expires = query ? find_parameter(*query, "expires").value_or("") : "";
  const std::string signature = query ? find_parameter(*query, "signature").value_or("") : "";
  if (!crypto::equal_constant_time(signature, signature_of(request.path(), expires, master_key))) {
    return fail(exceptions::kAccessDenied,
                "The signature of this link does not fit it. Ask ListThingRegistrationTaskReports for a new one.");
  }
  const auto piece = piece_of(request.path());
  if (!piece || number_in(expires).value_or(0) < to_millis(wall_now()) / 1000) {
    return fail(exceptions::kAccessDenied,
                "This link has expired. Ask ListThingRegistrationTaskReports for a new one.");
  }
  XL_TRY(std::string text,
         registry.registration_tasks().report(piece->account_id, piece->task_id, piece->type, piece->first_line));
  return text;
}

}  // namespace

std::string_view name_of(cloud::ReportType type) { return type == cloud::ReportType::errors ? "ERRORS" : "RESULTS"; }

std::string signed_target(const ReportPiece& piece, const crypto::AeadKey& master_key, UnixMillis now) {
  const std::string path = path_of(piece);
  const std::string expires = std::to_string(to_millis(now + kLifetime) / 1000);
  return path + "?expires=" + expires + "&signature=" + signature_of(path, expires, master_key);
}

bool is_for_report(const net::HttpRequest& request) {
  return request.method == "GET" && request.path().starts_with(kRoot);
}

net::HttpResponse report_response(const net::HttpRequest& request, const cloud::Registry& registry,
                                  const crypto::AeadKey& master_key, const std::string& request_id) {
  auto text = report_for(request, registry, master_key);
  if (!text) return json_response(fail(text.error()), request_id);
  return {200,
          {{"Content-Type", "application/x-ndjson"}, {"x-amzn-RequestId", request_id}, {"Cache-Control", "no-store"}},
          *std::move(text)};
}

}  // namespace xl::api::bulk
