// SPDX-License-Identifier: Apache-2.0
#include "installation/seal_line.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "crypto/signature.hpp"

namespace xl::installation {

namespace json = boost::json;

json::object Seal::body() const {
  json::object out{{"first", first},        {"last", last},         {"root", root},
                   {"lastHash", last_hash}, {"previous", previous}, {"at", at}};
  if (!log.empty()) {
    out["log"] = log;
    out["logFrom"] = log_from;
    out["logTo"] = log_to;
  }
  if (is_new_registry) out["newRegistry"] = true;
  if (is_new_log) out["newLog"] = true;
  return out;
}

std::string Seal::line() const {
  json::object out = body();
  out["signature"] = signature;
  return json::serialize(out);
}

Result<Seal> parse_seal(std::string_view line, std::size_t number) {
  const auto damaged = [&] { return fail(Error::corrupt("seal " + std::to_string(number) + " cannot be read")); };
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  if (error || !value.is_object()) return damaged();
  const json::object& object = value.get_object();
  Seal seal;
  const auto integer = [&](const char* name, std::int64_t& out) {
    const auto* member = object.if_contains(name);
    if (member == nullptr || !member->is_int64()) return false;
    out = member->get_int64();
    return true;
  };
  const auto text = [&](const char* name, std::string& out) {
    const auto* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return false;
    out = member->get_string();
    return true;
  };
  const bool is_whole = integer("first", seal.first) && integer("last", seal.last) && text("root", seal.root) &&
                        text("lastHash", seal.last_hash) && text("previous", seal.previous) && text("at", seal.at) &&
                        text("signature", seal.signature);
  const bool has_log = object.contains("log");
  const bool has_whole_log =
      has_log && text("log", seal.log) && integer("logFrom", seal.log_from) && integer("logTo", seal.log_to);
  if (!is_whole || has_log != has_whole_log) return damaged();
  seal.is_new_registry = object.contains("newRegistry");
  seal.is_new_log = object.contains("newLog");
  return seal;
}

std::vector<std::string_view> lines_of(std::string_view content) {
  std::vector<std::string_view> lines;
  for (std::size_t end = 0; (end = content.find('\n')) != std::string_view::npos; content.remove_prefix(end + 1))
    lines.push_back(content.substr(0, end));
  return lines;
}

bool is_signed(const Seal& seal, const std::string& public_pem) {
  const auto signature = hex_decode(seal.signature);
  return signature && crypto::is_signed_p256(public_pem, json::serialize(seal.body()), *signature);
}

}  // namespace xl::installation
