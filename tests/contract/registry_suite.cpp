// SPDX-License-Identifier: Apache-2.0
#include "contract/registry_suite.hpp"

#include "store/sqlite_store.hpp"

namespace xl::contract {
namespace {

Implementation sqlite() {
  return {"Sqlite", [](const std::filesystem::path& folder) { return store::open_sqlite(folder / "registry.sqlite"); }};
}

}  // namespace

void RegistryContract::SetUp() {
  reopen();
  write([](cloud::Registry& registry) -> Status {
    XL_CHECK(registry.accounts().insert({kVendor, "staging", cloud::AccountKind::staging, "aaaaaa", kNow}));
    return registry.accounts().insert({kCustomer, "oem", cloud::AccountKind::customer, "bbbbbb", kNow});
  });
}

void RegistryContract::reopen() {
  view_.reset();
  store_.reset();
  auto opened = GetParam().open(folder_.path());
  ASSERT_TRUE(opened) << opened.error().detail;
  store_ = *std::move(opened);
}

void RegistryContract::write(const cloud::RegistryStore::Work& work) {
  const Status status = store_->write(work);
  ASSERT_TRUE(status) << status.error().detail;
}

const cloud::Registry& RegistryContract::view() {
  if (!view_) {
    auto opened = store_->open_view();
    if (!opened) std::abort();
    view_ = *std::move(opened);
  }
  return *view_;
}

cloud::Certificate make_certificate(const std::string& account, char digit) {
  return {account,
          id_of(digit),
          "PEM of " + std::string(1, digit),
          cloud::CertificateStatus::active,
          cloud::CertificateMode::sni_only,
          id_of('c'),
          kNow - std::chrono::hours(24),
          kNow + std::chrono::hours(24),
          kNow,
          kNow};
}

cloud::CaCertificate make_ca(const std::string& account, char digit, const std::string& subject_der) {
  cloud::CaCertificate ca;
  ca.account_id = account;
  ca.id = id_of(digit);
  ca.pem = "CA PEM";
  ca.subject_der = subject_der;
  ca.subject_key_id = "0a0b";
  ca.status = cloud::CaStatus::active;
  ca.auto_registration = true;
  ca.mode = cloud::CertificateMode::sni_only;
  ca.template_name = "birth";
  ca.template_body = "{}";
  ca.role_arn = "arn:aws:iam::1:role/r";
  ca.not_before = kNow;
  ca.not_after = kNow + std::chrono::hours(1);
  ca.created = kNow;
  ca.modified = kNow;
  return ca;
}

cloud::Thing make_thing(const std::string& account, const std::string& name) {
  return {account, name, "9a0e3a0e-0000-4000-8000-000000000000", {{"model", "A-1"}}, 1, kNow};
}

cloud::Policy make_policy(const std::string& account, const std::string& name) {
  return {account, name, R"({"Version":"2012-10-17"})", "1", kNow, kNow};
}

INSTANTIATE_TEST_SUITE_P(Registry, RegistryContract, testing::Values(sqlite()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace xl::contract
