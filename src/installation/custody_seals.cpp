// SPDX-License-Identifier: Apache-2.0
#include "installation/custody_seals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "installation/custody_log.hpp"
#include "installation/descriptor.hpp"
#include "installation/files.hpp"
#include "installation/seal_line.hpp"
#include "pki/private_key.hpp"

namespace xl::installation {
namespace {

namespace json = boost::json;

constexpr std::size_t kLot = 1000;
constexpr std::size_t kWriteBytes = 1 << 20;  ///< of the log at a time
const std::string kNone(64, '0');

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

/// `content` is durable at the end of the file, which is made if there is none. errors: io
Status append(const std::filesystem::path& file, std::string_view content) {
  const auto failure = [&] { return fail(Error::io(file.string() + ": " + std::strerror(errno))); };
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (out.get() < 0) return failure();
  while (!content.empty()) {
    const ssize_t written = ::write(out.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failure();
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(out.get()) != 0) return failure();
  return {};
}

/// What a crash has left behind the part that is sealed goes. errors: io
Status cut(const std::filesystem::path& file, std::int64_t bytes) {
  std::error_code error;
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(bytes), error);
  return error ? Status(fail(Error::io(file.string() + ": " + error.message()))) : Status();
}

/// -1: there is no such file.
std::int64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? -1 : static_cast<std::int64_t>(size);
}

/// The entries after `number` up to `last` (0: all), in order.
Status each_entry(const cloud::Registry& registry, std::int64_t number, std::int64_t last,
                  const std::function<Status(const cloud::Numbered<cloud::CustodyEntry>&)>& visit) {
  for (;;) {
    XL_TRY(const auto entries, registry.custody().entries_after(number, kLot));
    for (const auto& entry : entries) {
      if (last > 0 && entry.number > last) return {};
      XL_CHECK(visit(entry));
      number = entry.number;
    }
    if (entries.size() < kLot) return {};
  }
}

/// A root over entries, and where it ends.
struct Roll {
  Chain hashes;
  std::string last_hash;
  std::int64_t count = 0, last = 0;
  void add(const cloud::Numbered<cloud::CustodyEntry>& entry) {
    hashes.add(sealed_text(entry.number, entry.entry.hash));
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
      const auto seal = parse_seal(line, static_cast<std::size_t>(report_.seals));
      if (!seal) {
        object(seal.error().detail);
        previous = crypto::sha256_hex(line);
        continue;
      }
      check_line(*seal, previous);
      previous = crypto::sha256_hex(line);
      if (seal->is_new_registry) report_.replaced.push_back(seal->at);
      if (seal->begins_anew()) seals.clear();
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
    if (!is_signed(seal, public_pem_)) object(name() + " of " + seal.at + " is not signed with custody.key");
  }

  Status check_entries(const Seal& seal, std::int64_t after) {
    const std::string what = "the entries " + std::to_string(seal.first) + " to " + std::to_string(seal.last);
    if (seal.first != after + 1) object(what + " were sealed on " + seal.at + ", and those before them were not");
    Roll roll;
    XL_CHECK(each_entry(registry_, seal.first - 1, seal.last, [&](const auto& entry) -> Status {
      roll.add(entry);
      return {};
    }));
    report_.sealed_entries += roll.count;
    if (roll.hashes.root() != seal.root) object(what + " are not those that were sealed on " + seal.at);
    return {};
  }

  Result<CustodyReport> count_unsealed(std::int64_t last) {
    XL_CHECK(each_entry(registry_, last, 0, [this](const auto&) -> Status {
      ++report_.unsealed_entries;
      return {};
    }));
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
  seals.log_file_ = custody_log_of(folder);
  XL_TRY(seals.key_pem_, own_key(folder));
  seals.previous_line_ = kNone;
  auto content = read_file(seals.file_);
  if (!content && content.error().code != Errc::not_found) return fail(content.error());
  const std::string text = content.value_or("");
  const auto lines = lines_of(text);
  const std::size_t whole = lines.empty() ? 0 : static_cast<std::size_t>(lines.back().end() - text.data()) + 1;
  if (whole < text.size()) XL_CHECK(cut(seals.file_, static_cast<std::int64_t>(whole)));
  Seal last;
  if (!lines.empty()) {
    XL_TRY(last, parse_seal(lines.back(), lines.size()));
    seals.last_ = last.last;
    seals.last_hash_ = last.last_hash;
    seals.previous_line_ = crypto::sha256_hex(lines.back());
  }
  XL_CHECK(seals.open_log(last));
  return seals;
}

/// It is there from the first start on: one that is missing later was lost.
Status CustodySeals::open_log(const Seal& last) {
  if (last.last == 0 && size_of(log_file_) > 0) {  // its seals were lost; people may still want it
    std::error_code ignored;
    std::filesystem::rename(log_file_, log_file_.string() + ".unsealed", ignored);
  }
  const std::int64_t bytes = size_of(log_file_);
  has_log_ = last.last == 0 || (!last.log.empty() && bytes >= last.log_to);
  log_bytes_ = has_log_ ? last.log_to : 0;
  if (bytes < 0) return append(log_file_, "");
  return bytes > log_bytes_ ? cut(log_file_, log_bytes_) : Status();
}

/// The entries are durable in the log before a seal speaks of them.
Status CustodySeals::write_log(const cloud::Registry& registry, Seal& seal, std::int64_t after) {
  Roll roll;
  Chain log;
  std::string lines;
  std::int64_t bytes = log_bytes_;
  XL_CHECK(each_entry(registry, after, 0, [&](const auto& entry) -> Status {
    roll.add(entry);
    XL_TRY(const cloud::Custody module, registry.custody().find(entry.entry.fingerprint));
    const std::string line = log_line({entry.number, entry.entry, module.public_key});
    log.add(line);
    lines += line + "\n";
    bytes += static_cast<std::int64_t>(line.size()) + 1;
    if (lines.size() < kWriteBytes) return {};
    return append(log_file_, std::exchange(lines, {}));
  }));
  if (roll.count == 0) return {};
  XL_CHECK(append(log_file_, lines));
  seal.first = after + 1;
  seal.last = roll.last;
  seal.root = roll.hashes.root();
  seal.last_hash = roll.last_hash;
  seal.log = log.root();
  seal.log_from = log_bytes_;
  seal.log_to = bytes;
  return {};
}

Status CustodySeals::seal(const cloud::Registry& registry, UnixMillis now) {
  XL_TRY(const bool is_same, still_has(registry, last_, last_hash_));
  XL_CHECK(cut(log_file_, log_bytes_));  // of an attempt that failed
  Seal seal;
  seal.is_new_registry = !is_same;
  seal.is_new_log = is_same && !has_log_;
  XL_CHECK(write_log(registry, seal, seal.begins_anew() ? 0 : last_));
  if (seal.last == 0) return {};
  seal.previous = previous_line_;
  seal.at = iso8601_extended(now);
  XL_TRY(const std::string signature, crypto::sign_p256(key_pem_, json::serialize(seal.body())));
  seal.signature = hex_encode(as_bytes(signature));
  const std::string line = seal.line();
  XL_CHECK(append(file_, line + "\n"));
  last_ = seal.last;
  last_hash_ = seal.last_hash;
  has_log_ = true;
  log_bytes_ = seal.log_to;
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
