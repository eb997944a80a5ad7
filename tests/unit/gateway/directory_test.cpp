// SPDX-License-Identifier: Apache-2.0
// Who holds a client id when sessions live in several processes. Processes here answer when the test says so.
#include "gateway/directory.hpp"

#include <gtest/gtest.h>

namespace xl::gateway {
namespace {

using Claims = std::vector<Directory::Claim>;

class Recorder final : public Directory::Process {
 public:
  void granted(Directory::Claim claim, std::optional<Subscriptions> remembered) override {
    grants.push_back(claim);
    last_remembered = std::move(remembered);
  }
  void evict(Directory::Claim claim) override { evictions.push_back(claim); }
  void turn_away(Directory::Claim claim) override { turned_away.push_back(claim); }

  Claims grants, evictions, turned_away;
  std::optional<Subscriptions> last_remembered;
};

class DirectoryOfTwoProcesses : public ::testing::Test {
 protected:
  static EventSource who(const std::string& client) { return {"111111111111", client, "c0ffee", "session", "::1"}; }
  static inline const Directory::Key kModule{"111111111111", "module"};

  Directory directory_;
  Recorder a_, b_;
};

TEST_F(DirectoryOfTwoProcesses, AFreeClientIdIsGrantedAtOnce) {
  directory_.claim(a_, 1, who("module"));
  EXPECT_EQ(a_.grants, Claims{1});
  EXPECT_FALSE(directory_.is_connected("111111111111", "module")) << "it is not served before it has opened";
  EXPECT_FALSE(directory_.connected_since("111111111111", "module"));
  const UnixMillis before = wall_now();
  directory_.opened(a_, 1, kModule);
  EXPECT_TRUE(directory_.is_connected("111111111111", "module"));
  const auto since = directory_.connected_since("111111111111", "module");
  ASSERT_TRUE(since);
  EXPECT_GE(*since, before);
  directory_.leave(a_, 1, kModule, std::nullopt);
  EXPECT_FALSE(directory_.connected_since("111111111111", "module"));
}

TEST_F(DirectoryOfTwoProcesses, ItKnowsWhichSessionListens) {
  const auto listening = [this] { return directory_.listening_session_of("111111111111", "module"); };
  directory_.claim(a_, 1, who("module"));
  directory_.opened(a_, 1, kModule);
  EXPECT_EQ(listening(), "");
  directory_.listens(b_, 1, kModule, true);
  EXPECT_EQ(listening(), "") << "somebody else's number 1";
  directory_.listens(a_, 1, kModule, true);
  EXPECT_EQ(listening(), "session");
  directory_.listens(a_, 1, kModule, false);
  EXPECT_EQ(listening(), "");
  directory_.listens(a_, 1, kModule, true);
  directory_.leave(a_, 1, kModule, std::nullopt);
  directory_.claim(b_, 1, who("module"));
  directory_.opened(b_, 1, kModule);
  EXPECT_EQ(listening(), "") << "the next one has yet to say so";
}

TEST_F(DirectoryOfTwoProcesses, TheNewestWinsWhenTheHolderHasLeft) {
  directory_.claim(a_, 1, who("module"));
  directory_.opened(a_, 1, kModule);
  directory_.claim(b_, 1, who("module"));
  EXPECT_EQ(a_.evictions, Claims{1});
  EXPECT_TRUE(b_.grants.empty()) << "the engine would see the client id twice";
  directory_.leave(a_, 1, kModule, std::nullopt);
  EXPECT_EQ(b_.grants, Claims{1});
}

TEST_F(DirectoryOfTwoProcesses, OneCertificateAtTwoAddressesIsToldOfAtTheThirdTime) {
  int told = 0;
  Rivals last;
  watch(directory_, [&](const Rivals& rivals) {
    ++told;
    last = rivals;
  });
  Directory::Claim number = 0;
  const auto connect = [&](const std::string& address, const std::string& certificate = "c0ffee") {
    directory_.claim(a_, ++number, {"111111111111", "module", certificate, "session", address});
    if (number > 1) directory_.leave(a_, number - 1, kModule, std::nullopt);
  };
  for (int i = 0; i < 5; ++i) connect("192.0.2.1");
  EXPECT_EQ(told, 0) << "one that reconnects is no rival of its own";
  connect("192.0.2.2");  // its address has changed
  connect("192.0.2.1");
  EXPECT_EQ(told, 0);
  connect("192.0.2.2");
  EXPECT_EQ(told, 1);
  EXPECT_EQ(last.certificate_id, "c0ffee");
  EXPECT_EQ(last.first_address, "192.0.2.1");
  EXPECT_EQ(last.second_address, "192.0.2.2");
  for (const char* address : {"192.0.2.3", "192.0.2.4", "192.0.2.5"}) connect(address, address);
  EXPECT_EQ(told, 1) << "other certificates under the same client id";
}

TEST_F(DirectoryOfTwoProcesses, AThirdOneDisplacesTheOneThatWaits) {
  directory_.claim(a_, 1, who("module"));
  directory_.claim(b_, 1, who("module"));
  directory_.claim(b_, 2, who("module"));
  EXPECT_EQ(b_.evictions, Claims{1});
  directory_.leave(b_, 1, kModule, std::nullopt);  // as an evicted session does
  directory_.leave(a_, 1, kModule, std::nullopt);
  EXPECT_EQ(b_.grants, Claims{2});
}

TEST_F(DirectoryOfTwoProcesses, OneThatGivesUpWaitingIsNotGranted) {
  directory_.claim(a_, 1, who("module"));
  directory_.claim(b_, 1, who("module"));
  directory_.leave(b_, 1, kModule, std::nullopt);
  directory_.leave(a_, 1, kModule, std::nullopt);
  EXPECT_TRUE(b_.grants.empty());
  directory_.claim(a_, 2, who("module"));
  EXPECT_EQ(a_.grants, (Claims{1, 2}));
}

TEST_F(DirectoryOfTwoProcesses, ALateGoodbyeOfOneThatWasTakenOverChangesNothing) {
  directory_.claim(a_, 1, who("module"));
  directory_.leave(a_, 1, kModule, std::nullopt);
  directory_.claim(b_, 1, who("module"));
  directory_.opened(b_, 1, kModule);
  directory_.leave(a_, 1, kModule, std::nullopt);
  directory_.opened(a_, 1, kModule);
  EXPECT_TRUE(directory_.is_connected("111111111111", "module"));
  EXPECT_TRUE(b_.evictions.empty());
}

TEST_F(DirectoryOfTwoProcesses, SubscriptionsFollowTheClientToAnotherProcess) {
  Subscriptions subscriptions;
  subscriptions.add("state", "module/state");
  directory_.claim(a_, 1, who("module"));
  directory_.leave(a_, 1, kModule, subscriptions);
  directory_.claim(b_, 1, who("module"));
  ASSERT_TRUE(b_.last_remembered);
  EXPECT_TRUE(b_.last_remembered->has_exact("module/state"));
  directory_.leave(b_, 1, kModule, std::nullopt);
  directory_.claim(a_, 2, who("module"));
  EXPECT_FALSE(a_.last_remembered) << "a clean session has none";
}

TEST_F(DirectoryOfTwoProcesses, AnAccountHasNoMorePlacesThanItMay) {
  directory_.claim(a_, 1, who("first"), 2);
  directory_.claim(b_, 1, who("second"), 2);
  directory_.claim(a_, 2, who("third"), 2);
  EXPECT_EQ(a_.turned_away, Claims{2});
  directory_.claim(b_, 2, who("first"), 2);
  EXPECT_EQ(a_.evictions, Claims{1}) << "whoever takes its own client id over needs no other place";
  directory_.leave(a_, 1, {"111111111111", "first"}, std::nullopt);
  EXPECT_EQ(b_.grants, (Claims{1, 2}));
  directory_.claim(a_, 3, {"222222222222", "first", "c0ffee", "session", "::1"}, 2);
  directory_.claim(a_, 4, who("fourth"), 3);
  directory_.claim(a_, 5, who("fifth"));
  EXPECT_EQ(a_.grants, (Claims{1, 3, 4, 5})) << "another account; a limit that was raised, and lifted";
  directory_.claim(a_, 6, who("sixth"), 2);
  EXPECT_EQ(a_.turned_away, (Claims{2, 6})) << "what was there before a limit was lowered stays";
  directory_.forget(b_);
  directory_.claim(a_, 7, who("seventh"), 3);
  EXPECT_EQ(a_.grants, (Claims{1, 3, 4, 5, 7})) << "a dead process holds no places";
  directory_.leave(a_, 6, {"111111111111", "sixth"}, std::nullopt);
  directory_.claim(b_, 3, who("eighth"), 3);
  EXPECT_EQ(b_.turned_away, Claims{3}) << "who was turned away has no place to leave";
}

TEST_F(DirectoryOfTwoProcesses, ADeadProcessLeavesItsClientIdsToOthersAndIsTold) {
  directory_.claim(a_, 1, who("module"));
  directory_.opened(a_, 1, kModule);
  directory_.claim(a_, 2, who("half way"));
  directory_.claim(b_, 7, who("other"));
  directory_.opened(b_, 7, {"111111111111", "other"});
  directory_.claim(a_, 3, who("other"));   // waits, and dies
  directory_.claim(b_, 8, who("module"));  // waits, and inherits
  std::vector<bool> told;
  const auto watch = directory_.watch("111111111111", "module", [&told](bool connected) { told.push_back(connected); });

  const auto cut = directory_.forget(a_);
  ASSERT_EQ(cut.size(), 1U) << "only what was connected is announced as cut";
  EXPECT_EQ(cut.front().client_id, "module");
  EXPECT_EQ(b_.grants, (Claims{7, 8}));
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
  EXPECT_TRUE(directory_.is_connected("111111111111", "other"));
  directory_.claim(b_, 9, who("half way"));
  EXPECT_EQ(b_.grants, (Claims{7, 8, 9}));
}

}  // namespace
}  // namespace xl::gateway
