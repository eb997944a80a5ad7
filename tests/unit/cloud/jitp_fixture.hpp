// SPDX-License-Identifier: Apache-2.0
// A vendor and two customers that have registered its CA, over a real registry.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloud/provisioning/jitp.hpp"
#include "store/sqlite_store.hpp"

namespace xl::cloud::provisioning {

inline const UnixMillis kNow = from_millis(1'800'000'000'000);
inline const std::string kFirst(64, 'a'), kSecond(64, 'b'), kCa(64, 'c');
inline const std::string kIssuer = "issuer-der";

inline const std::string kTemplate = R"({"Parameters":{"AWS::IoT::Certificate::SerialNumber":{"Type":"String"},
 "AWS::IoT::Certificate::Id":{"Type":"String"}},
 "Resources":{
  "thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Ref":"AWS::IoT::Certificate::SerialNumber"},
    "AttributePayload":{"model":"A-1"}}},
  "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"ACTIVE"}},
  "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":
    {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}}}}})";

class Jitp : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-jitp-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto opened = store::open_sqlite(folder_ / "registry.sqlite");
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = *std::move(opened);
    write([this](Registry& registry) -> Status {
      for (const Account& account : {vendor_, oem_, other_}) XL_CHECK(registry.accounts().insert(account));
      for (const Account& account : {vendor_, oem_, other_}) XL_CHECK(registry.ca_certificates().insert(ca(account)));
      return {};
    });
    view_ = *store_->open_view();
  }
  void TearDown() override {
    view_.reset();
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void write(const RegistryStore::Work& work) {
    const Status status = store_->write(work);
    ASSERT_TRUE(status) << status.error().detail;
  }
  static CaCertificate ca(const Account& account) {
    CaCertificate out;
    out.account_id = account.id;
    out.id = kCa;
    out.pem = "CA";
    out.subject_der = kIssuer;
    out.status = CaStatus::active;
    out.auto_registration = true;
    out.mode = CertificateMode::sni_only;
    out.template_body = kTemplate;
    return out;
  }
  void change_ca(const Account& account, const std::function<void(CaCertificate&)>& change) {
    CaCertificate changed = ca(account);
    change(changed);
    write([&](Registry& registry) { return registry.ca_certificates().update(changed); });
  }
  static DeviceCertificate device(const std::string& id = kFirst, const std::string& uid = "4a01") {
    DeviceCertificate out;
    out.id = id;
    out.pem = "PEM";
    out.public_key = "key of " + id;
    out.serial_hex = "4a01";
    out.subject = {{"O", "Vendor"}, {"serialNumber", uid}};
    out.not_before = kNow - std::chrono::hours(24);
    out.not_after = kNow + std::chrono::hours(24);
    return out;
  }
  /// As the gateway does it: commits when provisioning succeeds.
  Result<Principal> provision(const Account& account, const DeviceCertificate& presented = device()) {
    Result<Principal> out = fail(Error::internal("not run"));
    const Status committed = store_->write([&](Registry& registry) -> Status {
      out = provision_just_in_time(registry, account, presented, ca(account), kNow);
      if (!out) return fail(out.error());
      return {};
    });
    EXPECT_EQ(committed.has_value(), out.has_value());
    return out;
  }
  Result<Principal> admit(const Account& account, const std::string& id = kFirst, UnixMillis now = kNow) {
    return admit_known(*view_, account, id, now);
  }
  void set_custody(CustodyStatus status, std::optional<std::string> owner = {}) {
    write([&](Registry& registry) -> Status {
      const auto before = registry.custody().find(kFirst);
      return registry.custody().change({kFirst, "4a01", vendor_.id, owner, status, before ? before->epoch + 1 : 1},
                                       "test", kNow);
    });
  }
  Custody custody() { return view_->custody().find(kFirst).value_or(Custody{}); }

  template <class T>
  static std::string refusal(const Result<T>& result) {
    EXPECT_FALSE(result);
    if (result) return "";
    EXPECT_EQ(result.error().code, Errc::forbidden) << result.error().detail;
    return result.error().detail;
  }

  const Account vendor_{"111111111111", "staging", AccountKind::staging, "aaaaaa", kNow};
  const Account oem_{"222222222222", "oem", AccountKind::customer, "bbbbbb", kNow};
  const Account other_{"333333333333", "other", AccountKind::customer, "cccccc", kNow};
  std::filesystem::path folder_;
  std::unique_ptr<RegistryStore> store_;
  std::unique_ptr<const Registry> view_;
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace xl::cloud::provisioning
