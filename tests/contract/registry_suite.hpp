// SPDX-License-Identifier: Apache-2.0
// The contract of cloud/ports/registry.hpp, run over every implementation.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cloud/ports/registry.hpp"
#include "temporary_folder.hpp"

namespace xl::contract {

struct Implementation {
  std::string name;
  /// Opens (or opens again) the registry kept in `folder`.
  std::function<Result<std::unique_ptr<cloud::RegistryStore>>(const std::filesystem::path& folder)> open;
};

/// One open store per test, with two accounts in it: a vendor's and a customer's.
class RegistryContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override;
  void reopen();

  /// Runs `work` in a transaction that must succeed.
  void write(const cloud::RegistryStore::Work& work);
  /// A view that must open.
  const cloud::Registry& view();

  test::TemporaryFolder folder_;
  std::unique_ptr<cloud::RegistryStore> store_;

 private:
  std::unique_ptr<const cloud::Registry> view_;
};

inline const std::string kVendor = "111111111111";
inline const std::string kCustomer = "222222222222";
inline const UnixMillis kNow = from_millis(1'800'000'000'123);

cloud::Certificate make_certificate(const std::string& account, char digit);
cloud::CaCertificate make_ca(const std::string& account, char digit, const std::string& subject_der);
cloud::Thing make_thing(const std::string& account, const std::string& name);
cloud::Policy make_policy(const std::string& account, const std::string& name);

/// A 64 digit id.
inline std::string id_of(char digit) { return std::string(64, digit); }

}  // namespace xl::contract
