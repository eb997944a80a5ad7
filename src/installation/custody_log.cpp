// SPDX-License-Identifier: Apache-2.0
#include "installation/custody_log.hpp"

#include <boost/json.hpp>
#include <fstream>

#include "crypto/digest.hpp"
#include "installation/files.hpp"
#include "installation/seal_line.hpp"

namespace xl::installation {
namespace {

namespace json = boost::json;

Error damaged(const std::string& what) { return Error::corrupt("custody-log.jsonl: " + what); }

Result<LoggedEntry> parse_line(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse(line, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr) return fail(damaged("a line is not JSON"));
  bool is_whole = true;
  const auto text = [&](const char* name) -> std::string {
    const auto* member = object->if_contains(name);
    const bool is_there = member != nullptr && member->is_string();
    is_whole = is_whole && is_there;
    return is_there ? std::string(member->get_string()) : std::string();
  };
  const auto integer = [&](const char* name) -> std::int64_t {
    const auto* member = object->if_contains(name);
    const bool is_there = member != nullptr && member->is_int64();
    is_whole = is_whole && is_there;
    return is_there ? member->get_int64() : 0;
  };
  LoggedEntry out;
  out.number = integer("number");
  out.public_key = text("publicKey");
  cloud::CustodyEntry& entry = out.entry;
  entry.fingerprint = text("certificateId");
  entry.thing_name = text("thingName");
  entry.vendor_account = text("vendorAccountId");
  if (object->contains("ownerAccountId")) entry.owner_account = text("ownerAccountId");
  entry.status = static_cast<cloud::CustodyStatus>(integer("status"));
  entry.epoch = integer("epoch");
  entry.reason = text("reason");
  entry.at = from_millis(integer("at"));
  entry.previous_hash = text("previousHash");
  entry.hash = text("hash");
  if (!is_whole) return fail(damaged("a line lacks a member"));
  return out;
}

/// The seals since the registry, or the log, was another one. errors: corrupt
Result<std::vector<Seal>> current_seals(std::string_view content, const std::string& public_pem) {
  std::vector<Seal> out;
  std::string previous(64, '0');
  std::size_t number = 0;
  for (const std::string_view line : lines_of(content)) {
    XL_TRY(Seal seal, parse_seal(line, ++number));
    const std::string name = "seal " + std::to_string(number);
    if (seal.previous != previous || !is_signed(seal, public_pem))
      return fail(Error::corrupt("custody-seals.jsonl: " + name + " is not what this cloud has written"));
    previous = crypto::sha256_hex(line);
    if (seal.begins_anew()) out.clear();
    out.push_back(std::move(seal));
  }
  return out;
}

}  // namespace

std::string log_line(const LoggedEntry& logged) {
  const cloud::CustodyEntry& entry = logged.entry;
  json::object line{{"number", logged.number},
                    {"certificateId", entry.fingerprint},
                    {"thingName", entry.thing_name},
                    {"vendorAccountId", entry.vendor_account},
                    {"status", static_cast<std::int64_t>(entry.status)},
                    {"epoch", entry.epoch},
                    {"reason", entry.reason},
                    {"at", to_millis(entry.at)},
                    {"previousHash", entry.previous_hash},
                    {"hash", entry.hash},
                    {"publicKey", logged.public_key}};
  if (entry.owner_account) line["ownerAccountId"] = *entry.owner_account;
  return json::serialize(line);
}

void Chain::add(std::string_view text) { root_ = crypto::sha256_hex(root_ + std::string(text)); }

std::string sealed_text(std::int64_t number, std::string_view hash) {
  return std::to_string(number) + ":" + std::string(hash);
}

Status SealedLog::read(Range range, const std::function<Status(std::string_view line)>& visit) const {
  std::ifstream file(file_, std::ios::binary);
  file.seekg(range.from);
  std::string line;
  for (std::int64_t at = range.from; at < range.to;) {
    if (!std::getline(file, line) || file.eof()) return fail(damaged("it is shorter than what was sealed"));
    at += static_cast<std::int64_t>(line.size()) + 1;
    XL_CHECK(visit(line));
  }
  return {};
}

Result<SealedLog> SealedLog::open(const std::filesystem::path& folder) {
  SealedLog log(custody_log_of(folder));
  std::error_code ignored;
  if (!std::filesystem::exists(log.file_, ignored)) return fail(Error::not_found("file", log.file_.string()));
  const auto content = read_file(seals_of(folder));
  if (!content && content.error().code == Errc::not_found) return log;
  XL_CHECK(content);
  XL_TRY(const std::string public_pem, read_file(folder / "custody.pub"));
  XL_TRY(const auto seals, current_seals(*content, public_pem));
  for (const Seal& seal : seals) {
    if (seal.log.empty()) return fail(damaged("what was sealed on " + seal.at + " is not in it"));
    if (seal.first != log.entries_ + 1) return fail(damaged("entries before those of " + seal.at + " are missing"));
    const Range range{seal.log_from, seal.log_to};
    Chain lines, hashes;
    XL_CHECK(log.read(range, [&](std::string_view line) -> Status {
      XL_TRY(const LoggedEntry logged, parse_line(line));
      lines.add(line);
      hashes.add(sealed_text(logged.number, logged.entry.hash));
      log.last_of_[logged.entry.fingerprint] = logged.number;
      log.entries_ = logged.number;
      return {};
    }));
    if (lines.root() != seal.log || hashes.root() != seal.root)
      return fail(damaged("it is not what was sealed on " + seal.at));
    log.ranges_.push_back(range);
    log.sealed_at_ = seal.at;
  }
  return log;
}

Status SealedLog::each(const std::function<Status(const LoggedEntry&)>& visit) const {
  for (const Range range : ranges_) {
    XL_CHECK(read(range, [&](std::string_view line) -> Status {
      XL_TRY(const LoggedEntry logged, parse_line(line));
      return visit(logged);
    }));
  }
  return {};
}

}  // namespace xl::installation
