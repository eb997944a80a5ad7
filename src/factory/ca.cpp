// SPDX-License-Identifier: Apache-2.0
#include "factory/ca.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "factory/files.hpp"

namespace xl::factory {
namespace {

constexpr int kRootYears = 35;
constexpr int kIssuingYears = 30;  // longer than the birth certificates it signs
constexpr int kFirmwareYears = 30;
constexpr const char* kFirmwareKey = "firmware.key";
constexpr const char* kFirmwareCertificate = "firmware.pem";
constexpr std::size_t kNameBytesMax = 32;
constexpr std::size_t kCommonNameBytesMax = 64;

Status check_name(std::string_view what, const std::string& name) {
  const bool good = !name.empty() && name.size() <= kNameBytesMax && trim(name) == name &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                             c == '.' || c == ' ';
                    });
  if (good) return {};
  return fail(Error::invalid(std::string(what) + " \"" + name +
                             "\": expected 1 to 32 letters, digits, hyphens, dots and inner spaces (guide 11.1.5.1)"));
}

std::string profile_text(const std::string& vendor, const std::string& model) {
  return "vendor=" + vendor + "\nmodel=" + model + "\n";
}

std::string member_of(const std::string& profile, std::string_view name) {
  for (std::string_view line : split(profile, '\n')) {
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == '=') {
      return std::string(trim(line.substr(name.size() + 1)));
    }
  }
  return {};
}

Status write_authority(const std::filesystem::path& folder, const char* name, const pki::Authority& authority) {
  XL_CHECK(write_file(folder / (std::string(name) + ".key"), authority.key.to_pem(), true));
  return write_file(folder / (std::string(name) + ".pem"), authority.certificate.facts().pem);
}

Status write_voucher_key(const std::filesystem::path& folder) {
  const auto key = pki::PrivateKey::generate_p256();
  XL_CHECK(write_file(folder / "voucher.key", key.to_pem(), true));
  return write_file(folder / "voucher.pem", key.public_pem());
}

Result<std::optional<VendorCa::VoucherKey>> read_voucher_key(const std::filesystem::path& folder) {
  auto secret = read_file(folder / "voucher.key");
  if (!secret && secret.error().code == Errc::not_found) return std::nullopt;
  XL_CHECK(secret);
  // Not from voucher.pem: a run that was interrupted may have left the lot's before.
  XL_TRY(const auto key, pki::PrivateKey::from_pem(*secret));
  std::string open = key.public_pem();
  const std::string id = base32_encode(crypto::sha256(as_bytes(open))).substr(0, 8);
  return VendorCa::VoucherKey{id, *std::move(secret), std::move(open)};
}

/// firmware.key is the whole signer, key and certificate, so that it is replaced at once; firmware.pem is a copy of its
/// certificate, for people.
Status write_firmware_signer(const std::filesystem::path& folder, const pki::Authority& signer) {
  const std::string& certificate = signer.certificate.facts().pem;
  XL_CHECK(write_file(folder / kFirmwareKey, signer.key.to_pem() + certificate, true));
  return write_file(folder / kFirmwareCertificate, certificate);
}

Result<pki::Authority> first_firmware_signer(const std::string& vendor) {
  return pki::create_root_ca(vendor + " ExpressLink firmware", vendor, kFirmwareYears, wall_now());
}

Result<std::optional<pki::Authority>> read_firmware_signer(const std::filesystem::path& folder) {
  const auto signer = read_file(folder / kFirmwareKey);
  if (!signer && signer.error().code == Errc::not_found) return std::nullopt;
  XL_CHECK(signer);
  XL_TRY(pki::PrivateKey key, pki::PrivateKey::from_pem(*signer));
  XL_TRY(auto certificates, pki::Certificate::bundle_from_pem(*signer));
  pki::Certificate& certificate = certificates.front();
  const auto shown = read_file(folder / kFirmwareCertificate);
  if (!shown || *shown != certificate.facts().pem)  // a change of the key was interrupted
    XL_CHECK(write_file(folder / kFirmwareCertificate, certificate.facts().pem));
  return pki::Authority{std::move(certificate), std::move(key)};
}

/// X.520 allows 64 characters, a long vendor with a long model has more; O and OU hold both in full anyway.
std::string issuing_common_name(const std::string& vendor, const std::string& model) {
  const std::string full = vendor + " " + model + " ExpressLink CA";
  return full.size() <= kCommonNameBytesMax ? full : model + " ExpressLink CA";
}

/// nullopt when the folder may be filled; a CA that can be read is kept; anything else is left for a person: writing
/// over a CA's keys cannot be undone.
Result<std::optional<VendorCa>> existing_ca(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder / "profile", error)) {
    if (error) return fail(Error::io("cannot look into " + folder.string() + ": " + error.message()));
    return std::nullopt;
  }
  auto ca = open_ca(folder);
  if (ca) return std::optional(*std::move(ca));
  return fail(Error::corrupt("the CA in " + folder.string() + " cannot be opened (" + ca.error().detail +
                             ") and is not replaced. Restore its files, or choose another --dir."));
}

/// Only a folder made here is closed to others; one that was there (`--dir .`) keeps its mode.
Status make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  const bool is_new = std::filesystem::create_directories(folder, error);
  if (!error && is_new) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(Error::io("cannot make folder " + folder.string() + ": " + error.message()));
  return {};
}

}  // namespace

Result<CreatedCa> create_ca(const std::filesystem::path& folder, const std::string& vendor, const std::string& model) {
  XL_CHECK(check_name("vendor", vendor));
  XL_CHECK(check_name("model", model));
  XL_TRY(auto existing, existing_ca(folder));
  if (existing) {
    if (existing->vendor == vendor && existing->model == model) return CreatedCa{std::move(*existing), true};
    return fail(Error{Errc::already_exists, folder.string() + " holds the CA of " + existing->vendor + ", " +
                                                existing->model + ". Choose another --dir for " + vendor + ", " +
                                                model + "."});
  }
  XL_CHECK(make_private_folder(folder));
  const UnixMillis now = wall_now();
  XL_TRY(const pki::Authority root, pki::create_root_ca(vendor + " ExpressLink root", vendor, kRootYears, now));
  XL_TRY(const pki::Authority issuing,
         pki::create_issuing_ca(root, issuing_common_name(vendor, model), vendor, model, kIssuingYears, now));
  XL_CHECK(write_authority(folder, "root", root));
  XL_CHECK(write_authority(folder, "issuing", issuing));
  XL_CHECK(write_voucher_key(folder));
  XL_TRY(const pki::Authority signer, first_firmware_signer(vendor));
  XL_CHECK(write_firmware_signer(folder, signer));
  // Written last: a folder with a profile is complete.
  XL_CHECK(write_file(folder / "profile", profile_text(vendor, model)));
  XL_TRY(VendorCa ca, open_ca(folder));
  return CreatedCa{std::move(ca), false};
}

Result<VendorCa::VoucherKey> begin_lot(const std::filesystem::path& folder) {
  XL_TRY(const VendorCa ca, open_ca(folder));
  if (ca.voucher_key)  // its labels stay good, and one that is lost can be signed again
    XL_CHECK(write_file(folder / ("voucher-" + ca.voucher_key->id + ".key"), ca.voucher_key->secret_pem, true));
  XL_CHECK(write_voucher_key(folder));
  XL_TRY(auto key, read_voucher_key(folder));
  if (!key) return fail(Error::internal("the voucher key that was just made is not there"));
  return *std::move(key);
}

Result<pki::Certificate> renew_firmware_signer(const std::filesystem::path& folder) {
  XL_TRY(const VendorCa ca, open_ca(folder));
  if (!ca.firmware_signer) {
    XL_TRY(const pki::Authority first, first_firmware_signer(ca.vendor));
    XL_CHECK(write_firmware_signer(folder, first));
    return first.certificate;
  }
  const pki::Authority& before = *ca.firmware_signer;
  const std::string id = before.certificate.facts().fingerprint.substr(0, 8);
  XL_CHECK(
      write_file(folder / ("firmware-" + id + ".key"), before.key.to_pem() + before.certificate.facts().pem, true));
  XL_TRY(const pki::Authority next, pki::create_issuing_ca(before, ca.vendor + " ExpressLink firmware", ca.vendor,
                                                           ca.model, kFirmwareYears, wall_now()));
  XL_CHECK(write_firmware_signer(folder, next));
  return next.certificate;
}

Result<VendorCa> open_ca(const std::filesystem::path& folder) {
  const auto profile = read_file(folder / "profile");
  if (!profile) {
    return fail(Error{Errc::not_found, "there is no CA in " + folder.string() +
                                           ". Make one: expresslink-factory ca create --dir " + folder.string() +
                                           " --vendor NAME --model NAME"});
  }
  XL_TRY(const std::string root_pem, read_file(folder / "root.pem"));
  XL_TRY(const std::string issuing_pem, read_file(folder / "issuing.pem"));
  XL_TRY(const std::string key_pem, read_file(folder / "issuing.key"));
  XL_TRY(pki::Certificate root, pki::Certificate::from_pem(root_pem));
  XL_TRY(pki::Certificate issuing, pki::Certificate::from_pem(issuing_pem));
  XL_TRY(pki::PrivateKey key, pki::PrivateKey::from_pem(key_pem));
  XL_TRY(auto voucher_key, read_voucher_key(folder));
  XL_TRY(auto firmware_signer, read_firmware_signer(folder));
  if (!root.has_signed(issuing))
    return fail(Error::corrupt("the root in " + folder.string() + " did not sign its issuing CA"));
  return VendorCa{folder,
                  member_of(*profile, "vendor"),
                  member_of(*profile, "model"),
                  std::move(root),
                  pki::Authority{std::move(issuing), std::move(key)},
                  std::move(voucher_key),
                  std::move(firmware_signer)};
}

}  // namespace xl::factory
