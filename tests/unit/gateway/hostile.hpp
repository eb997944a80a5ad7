// SPDX-License-Identifier: Apache-2.0
// A cloud under attack: whatever a test does, a device that behaves is served before and after it.
#pragma once
#include <string>
#include <string_view>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {

/// What the cloud logs from here to text().
class LogCapture {
 public:
  LogCapture() { ::testing::internal::CaptureStderr(); }
  ~LogCapture() { text(); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;
  std::string text() {
    if (!std::exchange(done_, true)) text_ = ::testing::internal::GetCapturedStderr();
    return text_;
  }

 private:
  bool done_ = false;
  std::string text_;
};

class Hostile : public ::testing::Test {
 protected:
  explicit Hostile(const Deadlines& deadlines = {}) : cloud_(false, deadlines) {}

  void SetUp() override {
    cloud_.enroll(cloud_.staging, vendor_);
    cloud_.enroll(cloud_.other, vendor_);
    honest_ = device();
    ASSERT_EQ(honest_->subscribe("honest/+"), 1);
  }

  void TearDown() override {
    EXPECT_TRUE(cloud_.gateway().engine_ready());
    EXPECT_TRUE(honest_->publish_acknowledged("honest/word", "still here"));
    EXPECT_EQ(honest_->message(), "honest/word still here");
    const auto newcomer = device();
    newcomer->publish("honest/new", "1");
    EXPECT_EQ(honest_->message(), "honest/new 1");
  }

  std::unique_ptr<Client> device() { return device_of(cloud_.staging, vendor_.issue()); }
  std::unique_ptr<Client> device_of(const cloud::Account& account, const Identity& identity) {
    auto client = std::make_unique<Client>(cloud_, account, identity);
    EXPECT_EQ(client->connect(), 0);
    return client;
  }
  bool is_known(const cloud::Account& account, const pki::Certificate& certificate) {
    return cloud_.view().certificates().find(account.id, certificate.facts().fingerprint).has_value();
  }
  bool eventually_failed(std::uint64_t handshakes) {
    return eventually([&] { return cloud_.gateway().counters().handshakes_failed >= handshakes; });
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  std::unique_ptr<Client> honest_;
};

}  // namespace xl::gateway::testing
