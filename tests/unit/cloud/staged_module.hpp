// SPDX-License-Identifier: Apache-2.0
// A real registry with a vendor, a customer that may claim, and a module in staging whose label is good.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "cloud/onboarding/claims.hpp"
#include "store/sqlite_store.hpp"
#include "unit/crypto/keys.hpp"

namespace xl::cloud::test {

class StagedModule {
 public:
  StagedModule() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-staged-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    store = *store::open_sqlite(folder_ / "registry.sqlite");
    if (!store->write([this](Registry& registry) { return fill(registry); })) std::abort();
    view = *store->open_view();
  }
  ~StagedModule() {
    view.reset();
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  StagedModule(const StagedModule&) = delete;
  StagedModule& operator=(const StagedModule&) = delete;

  /// `session`: of the module's connection to staging; empty: it is off.
  onboarding::Settings settings(const std::string& session = "") const {
    onboarding::Settings out;
    out.read_certificate = [this](std::string_view pem) -> Result<DeviceCertificate> {
      return DeviceCertificate{fingerprint, std::string(pem), "", thing, {{"serialNumber", thing}}, {}, {}, {}};
    };
    out.session_of = [this, session](std::string_view account, std::string_view) {
      return account == vendor.id ? session : std::string();
    };
    return out;
  }
  onboarding::ClaimRequest request() const { return {thing, voucher_of(thing, fingerprint), ""}; }
  crypto::Voucher voucher_of(const std::string& name, const std::string& certificate) const {
    return *crypto::sign_voucher(keys_.secret, "LOT7", name, certificate);
  }
  std::string label() const { return crypto::label_text({thing, request().voucher}); }
  Status allow(Registry& registry, Proof proof) const {
    return registry.claim_grants().put({vendor.id, oem.id, proof, false, now});
  }
  Custody custody() const { return *view->custody().find(fingerprint); }

  const UnixMillis now = from_millis(1'600'000'000'000);
  const Account vendor{"111111111111", "staging", AccountKind::staging, "v", now};
  const Account oem{"222222222222", "oem", AccountKind::customer, "o", now};
  const std::string thing = std::string(39, 'a') + "1", fingerprint = std::string(64, 'f');
  std::unique_ptr<RegistryStore> store;
  std::unique_ptr<const Registry> view;

 private:
  Status fill(Registry& registry) const {
    for (const Account& account : {vendor, oem}) XL_CHECK(registry.accounts().insert(account));
    Certificate certificate;
    certificate.account_id = vendor.id;
    certificate.id = fingerprint;
    certificate.pem = "birth certificate";
    certificate.status = CertificateStatus::active;
    certificate.not_before = now;
    certificate.not_after = now + std::chrono::days(36500);
    XL_CHECK(registry.certificates().insert(certificate));
    XL_CHECK(registry.custody().change({fingerprint, thing, vendor.id, std::nullopt, CustodyStatus::free, 1},
                                       "first seen", now));
    XL_CHECK(registry.claim_grants().insert_key({vendor.id, "LOT7", keys_.open, true, now}));
    return allow(registry, Proof::voucher);
  }

  const crypto::test::Keys keys_ = crypto::test::make_keys("P-256");
  std::filesystem::path folder_;
};

}  // namespace xl::cloud::test
