// SPDX-License-Identifier: Apache-2.0
#include "installation/custody_seals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <functional>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "installation/files.hpp"
#include "pki/private_key.hpp"

namespace xl::installation {
namespace {

namespace json = boost::json;

constexpr std::size_t kLot = 1000;
const std::string kNone(64, '0');

struct Seal {
  std::int64_t first = 0, last = 0;
  std::string root, last_hash, previous, at;
  bool is_new_registry = false;
  std::string signature;  ///< hex

  /// What is signed: the line without its signature.
  json::object body() const {
    json::object out{{"first", first},        {"last", last},         {"root", root},
                     {"lastHash", last_hash}, {"previous", previous}, {"at", at}};
    if (is_new_registry) out["newRegistry"] = true;
    return out;
  }
  std::string line() const {
    json::object out = body();
    out["signature"] = signature;
    return json::serialize(out);
  }
};

std::filesystem::path seals_of(const std::filesystem::path& folder) { return folder / "custody-seals.jsonl"; }

Result<Seal> parse(std::string_view line, std::size_t number) {
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
  if (!is_whole) return damaged();
  seal.is_new_registry = object.contains("newRegistry");
  return seal;
}

/// Whole lines; a crash may have left a part of one, which seals nothing.
std::vector<std::string_view> lines_of(std::string_view content) {
  std::vector<std::string_view> lines;
  for (std::size_t end = 0; (end = content.find('\n')) != std::string_view::npos; content.remove_prefix(end + 1))
    lines.push_back(content.substr(0, end));
  return lines;
}

/// Made on first use. errors: io
Result<std::string> own_key(const std::filesystem::path& folder) {
  auto key = read_file(folder / "custody.key");
  if (key || key.error().code != Errc::not_found) return key;
  const auto made = pki::PrivateKey::generate_p256();
  const std::string pem = made.to_pem();
  XL_CHECK(write_file(folder / "custody.pub", made.public_pem(), Access::everybody));
  XL_CHECK(write_file(folder / "custody.key", pem, Access::owner_only));
  return pem;
}

Status append(const std::filesystem::path& file, const std::string& line) {
  const auto failure = [&] { return fail(Error::io(file.string() + ": " + std::strerror(errno))); };
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) return failure();
  const std::string text = line + "\n";
  const bool is_written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
  const Status status = is_written ? Status() : Status(failure());
  ::close(descriptor);
  return status;
}

/// The entries after `number` up to `last` (0: all), in order.
Status each_entry(const cloud::Registry& registry, std::int64_t number, std::int64_t last,
                  const std::function<void(const cloud::Numbered<cloud::CustodyEntry>&)>& visit) {
  for (;;) {
    XL_TRY(const auto entries, registry.custody().entries_after(number, kLot));
    for (const auto& entry : entries) {
      if (last > 0 && entry.number > last) return {};
      visit(entry);
      number = entry.number;
    }
    if (entries.size() < kLot) return {};
  }
}

/// A root over entries, and where it ends.
struct Roll {
  std::string root = kNone, last_hash;
  std::int64_t count = 0, last = 0;
  void add(const cloud::Numbered<cloud::CustodyEntry>& entry) {
    root = crypto::sha256_hex(root + std::to_string(entry.number) + ":" + entry.entry.hash);
    last_hash = entry.entry.hash;
    last = entry.number;
    ++count;
  }
};

Result<bool> still_has(const cloud::Registry& registry, std::int64_t number, const std::string& hash) {
  if (number == 0) return true;
  XL_TRY(const auto entries, registry.custody().entries_after(number - 1, 1));
  return !entries.empty() && entries.front().number == number && entries.front().entry.hash == hash;
}

class Verifier {
 public:
  Verifier(const cloud::Registry& registry, std::string public_pem)
      : registry_(registry), public_pem_(std::move(public_pem)) {}

  Result<CustodyReport> verify(std::string_view content) {
    std::string previous = kNone;
    std::vector<Seal> seals;
    for (const std::string_view line : lines_of(content)) {
      ++report_.seals;
      const auto seal = parse(line, static_cast<std::size_t>(report_.seals));
      if (!seal) {
        object(seal.error().detail);
        previous = crypto::sha256_hex(line);
        continue;
      }
      check_line(*seal, previous);
      previous = crypto::sha256_hex(line);
      if (seal->is_new_registry) {
        report_.replaced.push_back(seal->at);
        seals.clear();
      }
      seals.push_back(*seal);
    }
    std::int64_t last = 0;
    for (const Seal& seal : seals) {
      XL_CHECK(check_entries(seal, last));
      last = seal.last;
    }
    return count_unsealed(last);
  }

 private:
  void object(std::string what) { report_.broken.push_back(std::move(what)); }
  std::string name() const { return "seal " + std::to_string(report_.seals); }

  void check_line(const Seal& seal, const std::string& previous) {
    if (seal.previous != previous) object(name() + " does not follow the one before it: lines are missing or changed");
    const auto signature = hex_decode(seal.signature);
    const bool is_signed = signature && crypto::is_signed_p256(public_pem_, json::serialize(seal.body()), *signature);
    if (!is_signed) object(name() + " of " + seal.at + " is not signed with custody.key");
  }

  Status check_entries(const Seal& seal, std::int64_t after) {
    const std::string what = "the entries " + std::to_string(seal.first) + " to " + std::to_string(seal.last);
    if (seal.first != after + 1) object(what + " were sealed on " + seal.at + ", and those before them were not");
    Roll roll;
    XL_CHECK(each_entry(registry_, seal.first - 1, seal.last, [&](const auto& entry) { roll.add(entry); }));
    report_.sealed_entries += roll.count;
    if (roll.root != seal.root) object(what + " are not those that were sealed on " + seal.at);
    return {};
  }

  Result<CustodyReport> count_unsealed(std::int64_t last) {
    XL_CHECK(each_entry(registry_, last, 0, [this](const auto&) { ++report_.unsealed_entries; }));
    return std::move(report_);
  }

  const cloud::Registry& registry_;
  const std::string public_pem_;
  CustodyReport report_;
};

}  // namespace

Result<CustodySeals> CustodySeals::open(const std::filesystem::path& folder) {
  CustodySeals seals;
  seals.file_ = seals_of(folder);
  XL_TRY(seals.key_pem_, own_key(folder));
  seals.previous_line_ = kNone;
  auto content = read_file(seals.file_);
  if (!content && content.error().code == Errc::not_found) return seals;
  XL_CHECK(content);
  const auto lines = lines_of(*content);
  const auto whole = lines.empty() ? 0 : static_cast<std::size_t>(lines.back().end() - content->data()) + 1;
  if (whole < content->size()) {
    std::error_code error;
    std::filesystem::resize_file(seals.file_, whole, error);
    if (error) return fail(Error::io(seals.file_.string() + ": " + error.message()));
  }
  if (lines.empty()) return seals;
  XL_TRY(const Seal last, parse(lines.back(), lines.size()));
  seals.last_ = last.last;
  seals.last_hash_ = last.last_hash;
  seals.previous_line_ = crypto::sha256_hex(lines.back());
  return seals;
}

Status CustodySeals::seal(const cloud::Registry& registry, UnixMillis now) {
  XL_TRY(const bool is_same, still_has(registry, last_, last_hash_));
  Seal seal;
  seal.is_new_registry = !is_same;
  const std::int64_t after = is_same ? last_ : 0;
  Roll roll;
  XL_CHECK(each_entry(registry, after, 0, [&](const auto& entry) { roll.add(entry); }));
  if (roll.count == 0) return {};
  seal.first = after + 1;
  seal.last = roll.last;
  seal.root = roll.root;
  seal.last_hash = roll.last_hash;
  seal.previous = previous_line_;
  seal.at = iso8601_extended(now);
  XL_TRY(const std::string signature, crypto::sign_p256(key_pem_, json::serialize(seal.body())));
  seal.signature = hex_encode(as_bytes(signature));
  const std::string line = seal.line();
  XL_CHECK(append(file_, line));
  last_ = seal.last;
  last_hash_ = seal.last_hash;
  previous_line_ = crypto::sha256_hex(line);
  return {};
}

std::string custody_line(const cloud::CustodyEntry& entry) {
  constexpr std::array<const char*, 5> kStatusNames{"FREE", "RESERVED", "OWNED", "OWNED_RESET", "REVOKED"};
  json::object line{{"thingName", entry.thing_name},
                    {"certificateId", entry.fingerprint},
                    {"epoch", entry.epoch},
                    {"status", kStatusNames[static_cast<std::size_t>(entry.status)]},
                    {"vendorAccountId", entry.vendor_account},
                    {"reason", entry.reason},
                    {"date", iso8601_extended(entry.at)},
                    {"previousHash", entry.previous_hash},
                    {"hash", entry.hash}};
  if (entry.owner_account) line["ownerAccountId"] = *entry.owner_account;
  return json::serialize(line);
}

Result<CustodyReport> verify_custody(const std::filesystem::path& folder, const cloud::Registry& registry) {
  XL_TRY(const std::string content, read_file(seals_of(folder)));
  XL_TRY(std::string public_pem, read_file(folder / "custody.pub"));
  return Verifier(registry, std::move(public_pem)).verify(content);
}

}  // namespace xl::installation
