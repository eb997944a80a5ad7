// SPDX-License-Identifier: Apache-2.0
// Who waits for certificates, and whose turn it is.
#include <boost/json.hpp>
#include <future>
#include <thread>

#include "cloud/services/fleet_provisioning.hpp"
#include "unit/cloud/jitp_fixture.hpp"

namespace xl::cloud::services {
namespace {

/// Never asked here: the background thread is busy with something else.
class NoIssuer final : public CertificateIssuer {
 public:
  Result<Issued> issue_with_key(UnixMillis) const override { return fail(Error::internal("asked")); }
  Result<Issued> sign_request(std::string_view, UnixMillis) const override { return fail(Error::internal("asked")); }
};

class FleetService : public provisioning::Jitp {
 protected:
  void SetUp() override {
    Jitp::SetUp();
    share_ = std::make_unique<FairShare>(2);
    background_ = std::make_unique<Background>(3);
    ASSERT_TRUE(background_->try_add([this](const std::stop_token& stop) {
      busy_.set_value();
      while (!stop.stop_requested()) std::this_thread::yield();
    }));
    busy_.get_future().wait();
  }
  void TearDown() override {
    background_.reset();
    Jitp::TearDown();
  }
  /// The code of an answer that comes at once; "later".
  std::string ask(const Account& account) {
    const Backend backend{*store_, *background_, *share_, &issuer_, {}};
    const auto outcome =
        answer_fleet_provisioning(backend, {account, "a claim", std::nullopt}, {"$aws/certificates/create/json", "{}"},
                                  [this](const Answer& answer) { heard_ += code_of(answer) + " "; });
    if (outcome.later) return "later";
    return outcome.answer ? code_of(*outcome.answer) : "nothing";
  }
  static std::string code_of(const Answer& answer) {
    EXPECT_EQ(answer.reach, Reach::asker_if_subscribed);
    return std::string(boost::json::parse(answer.message.payload).at("errorCode").as_string());
  }

  std::promise<void> busy_;
  NoIssuer issuer_;
  std::string heard_;
  std::unique_ptr<FairShare> share_;
  std::unique_ptr<Background> background_;
};

TEST_F(FleetService, OneAccountCannotTakeAllThePlaces) {
  EXPECT_EQ(ask(oem_), "later");
  EXPECT_EQ(ask(oem_), "later");
  EXPECT_EQ(ask(oem_), "Throttling");
  EXPECT_EQ(ask(other_), "later");
  EXPECT_EQ(ask(other_), "Throttling");  // all places are taken
  EXPECT_EQ(heard_, "");
}

TEST_F(FleetService, WhoeverWaitsWhenTheServerStopsIsToldSo) {
  EXPECT_EQ(ask(oem_), "later");
  EXPECT_EQ(ask(other_), "later");
  background_->stop();
  EXPECT_EQ(heard_, "ServiceUnavailable ServiceUnavailable ");
  EXPECT_EQ(ask(oem_), "Throttling");  // nobody is taken any more, and no seat is lost
  const auto one = share_->seat(oem_.id), two = share_->seat(oem_.id);
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(share_->seat(oem_.id));
}

}  // namespace
}  // namespace xl::cloud::services
