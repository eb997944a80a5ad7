// SPDX-License-Identifier: Apache-2.0
// What takes long (making keys) is done beside the other calls, not before them.
#include <chrono>
#include <condition_variable>
#include <set>

#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

/// What many calls were answered, in the order of the answers.
class Inbox {
 public:
  std::shared_ptr<net::HttpResponder> responder() { return std::make_shared<Responder>(*this); }

  std::vector<net::HttpResponse> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::minutes(2), [&] { return answers_.size() >= count; }));
    return answers_;
  }
  std::vector<net::HttpResponse> answers() const {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }

 private:
  struct Responder final : net::HttpResponder {
    explicit Responder(Inbox& to) : inbox(to) {}
    void respond(net::HttpResponse response) override {
      const std::scoped_lock lock(inbox.mutex_);
      inbox.answers_.push_back(std::move(response));
      inbox.came_.notify_all();
    }
    std::shared_ptr<net::EventStream> start_event_stream(net::HttpHeaders) override { return nullptr; }
    void switch_protocols(net::HttpHeaders, int) override {}
    Inbox& inbox;
  };

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<net::HttpResponse> answers_;
};

class SlowPlans : public ApiTest {
 protected:
  Inbox keys_, others_;  ///< outlive the API and the registry, which answer until they are gone

  /// On this thread, as the HTTP server does it on its own.
  void ask(Inbox& inbox, const std::string& method, const std::string& target) {
    api_->handle(signed_request(vendor_key_, method, target), inbox.responder());
  }
  void ask_for_keys(Inbox& inbox, int count) {
    for (int i = 0; i < count; ++i) ask(inbox, "POST", "/keys-and-certificate");
  }
  std::size_t certificates() {
    return call("GET", "/certificates?pageSize=250").json().at("certificates").get_array().size();
  }
};

std::size_t with_status(const std::vector<net::HttpResponse>& answers, int status) {
  return static_cast<std::size_t>(std::ranges::count(answers, status, &net::HttpResponse::status));
}

TEST_F(SlowPlans, OtherCallsAreAnsweredWhileKeysAreMade) {
  ask_for_keys(keys_, 100);
  ask(others_, "GET", "/endpoint");
  EXPECT_EQ(others_.wait_for(1).front().status, 200);
  EXPECT_LT(keys_.answers().size(), 100U);
  std::set<std::string> ids;
  const auto made = keys_.wait_for(3);
  for (const auto& answer : made) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    ids.insert(std::string(json::parse(answer.body).at("certificateId").get_string()));
  }
  EXPECT_EQ(ids.size(), made.size());
}

TEST_F(SlowPlans, MoreThanCanBeWaitedForAreToldToComeBack) {
  ask_for_keys(keys_, 400);
  EXPECT_GT(with_status(keys_.answers(), 503), 0U);
  api_->stop();
  const auto answers = keys_.wait_for(400);
  EXPECT_EQ(with_status(answers, 200) + with_status(answers, 503), 400U);
}

TEST_F(SlowPlans, WhatWaitsAtTheStopIsAnsweredAndLeavesNothing) {
  ask_for_keys(keys_, 50);
  api_->stop();
  const auto answers = keys_.wait_for(50);
  EXPECT_EQ(answers.size(), 50U);
  EXPECT_GT(with_status(answers, 503), 0U);
  EXPECT_EQ(certificates(), with_status(answers, 200));
  ask_for_keys(keys_, 1);
  EXPECT_EQ(keys_.wait_for(51).back().status, 503);
}

}  // namespace
}  // namespace xl::api::test
