// SPDX-License-Identifier: Apache-2.0
#include "installation/account_deletion.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "installation/accounts.hpp"
#include "installation/credentials_file.hpp"

namespace xl::installation {
namespace {

class Bus final : public cloud::MessageBus {
 public:
  Status publish(std::string_view account_id, const cloud::Message& message) override {
    if (is_away) return fail(Error::unavailable("away"));
    heard.emplace_back(account_id, message);
    return {};
  }
  std::unique_ptr<Subscription> subscribe(std::string_view, std::string_view, Handler) override { return nullptr; }

  bool is_away = false;
  std::vector<std::pair<std::string, cloud::Message>> heard;
};

class DeleteAccount : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "xl-delete-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    auto opened = open_installation(folder_, "iot.localhost");
    ASSERT_TRUE(opened) << opened.error().detail;
    installation_.emplace(*std::move(opened));
    for (const char* name : {"oem", "rival"}) {
      const auto made = ensure_account(*installation_, name, cloud::AccountKind::customer);
      ASSERT_TRUE(made) << made.error().detail;
      retain(*made);
    }
  }
  void TearDown() override {
    installation_.reset();
    std::filesystem::remove_all(folder_);
  }
  void retain(const cloud::Account& account) {
    ASSERT_TRUE(installation_->registry->write(
        [&](cloud::Registry& registry) { return registry.retained_topics().note({account.id, "menu", wall_now()}); }));
  }
  bool has(std::string_view profile) const { return has_profile(credentials_of(folder_), profile).value_or(false); }

  std::filesystem::path folder_;
  std::optional<Installation> installation_;
};

TEST_F(DeleteAccount, TakesTheProfileOfThisAccountAlone) {
  ASSERT_TRUE(has("oem"));
  EXPECT_EQ(delete_account(*installation_, "oem", {}), Deleted::now);
  EXPECT_FALSE(has("oem"));
  EXPECT_TRUE(has("rival"));
  EXPECT_EQ(delete_account(*installation_, "oem", {}), Deleted::before) << "as a script that was cut off asks again";
  EXPECT_EQ(delete_account(*installation_, "nobody", {}).error().code, Errc::not_found);
  ASSERT_TRUE(ensure_account(*installation_, "oem", cloud::AccountKind::staging)) << "the name is free";
  EXPECT_TRUE(has("oem"));
}

TEST_F(DeleteAccount, TheCloudsOwnStagingAccountStays) {
  EXPECT_EQ(delete_account(*installation_, "staging", {.orphan = true}).error().code, Errc::conflict);
}

TEST_F(DeleteAccount, TheEngineForgetsWhatItHasRetainedWhenItCanBeAsked) {
  const auto view = *installation_->registry->open_view();
  const std::string id = view->accounts().find_by_name("oem")->id, other = view->accounts().find_by_name("rival")->id;
  ASSERT_TRUE(delete_account(*installation_, "oem", {}));
  Bus bus;
  bus.is_away = true;
  EXPECT_EQ(clear_retained(*installation_->registry, bus, 10, {}).error().code, Errc::unavailable);
  bus.is_away = false;
  EXPECT_EQ(clear_retained(*installation_->registry, bus, 10, {}), 1u);
  ASSERT_EQ(bus.heard.size(), 1u);
  EXPECT_EQ(bus.heard[0].first, id);
  EXPECT_EQ(bus.heard[0].second.topic, "menu");
  EXPECT_TRUE(bus.heard[0].second.payload.empty() && bus.heard[0].second.retain);
  EXPECT_EQ(clear_retained(*installation_->registry, bus, 10, {}), 0u);
  EXPECT_EQ(view->retained_topics().count(other), 1u);
}

}  // namespace
}  // namespace xl::installation
