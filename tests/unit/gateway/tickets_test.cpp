// SPDX-License-Identifier: Apache-2.0
// TLS 1.2 session tickets: what they save, and what they must never open.
#include "gateway/tickets.hpp"

#include <gtest/gtest.h>

#include "unit/gateway/client.hpp"
#include "unit/gateway/support.hpp"

namespace xl::gateway::testing {
namespace {

class Tickets : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud.enroll(cloud.staging, vendor);
    cloud.enroll(cloud.other, vendor);
  }
  Client::Tls at(const cloud::Account& account, std::string session = {}) const {
    return {.server_name = Cloud::endpoint(account),
            .identity = &identity,
            .version = TLS1_2_VERSION,
            .session = std::move(session)};
  }
  /// Connects the device once and keeps its ticket.
  std::string ticket_of_first_visit() {
    Client client(cloud.port(), at(cloud.staging));
    EXPECT_EQ(client.connect(), 0);
    return client.session();
  }

  Cloud cloud;
  const Vendor vendor = Vendor::create("acme");
  const Identity identity = vendor.issue();
};

TEST_F(Tickets, BringADeviceBackWithoutAFullHandshake) {
  const std::string ticket = ticket_of_first_visit();
  ASSERT_FALSE(ticket.empty());
  Client again(cloud.port(), at(cloud.staging, ticket));
  EXPECT_TRUE(again.is_resumed());
  EXPECT_EQ(again.connect(), 0);
  EXPECT_EQ(cloud.gateway().counters().handshakes_resumed, 1U);
  EXPECT_EQ(cloud.gateway().counters().provisioned, 1U);
}

TEST_F(Tickets, AreGoodMoreThanOnce) {
  const std::string ticket = ticket_of_first_visit();
  for (int i = 0; i < 3; ++i) {
    Client again(cloud.port(), at(cloud.staging, ticket));
    EXPECT_TRUE(again.is_resumed());
    EXPECT_EQ(again.connect(), 0);
  }
}

TEST_F(Tickets, OfOneAccountAreNothingInAnother) {
  const std::string ticket = ticket_of_first_visit();
  Client elsewhere(cloud.port(), at(cloud.other, ticket));
  EXPECT_TRUE(elsewhere.is_shaken());
  EXPECT_FALSE(elsewhere.is_resumed());
}

TEST_F(Tickets, DoNotOutliveTheStatusOfTheirCertificate) {
  const std::string ticket = ticket_of_first_visit();
  for (const auto status : {cloud::CertificateStatus::inactive, cloud::CertificateStatus::revoked}) {
    cloud.set_status(cloud.staging, identity, status);
    Client again(cloud.port(), at(cloud.staging, ticket));
    EXPECT_TRUE(again.is_resumed());
    EXPECT_EQ(again.connect(), 5);
    EXPECT_TRUE(again.is_closed());
  }
}

TEST_F(Tickets, DoNotOutliveACustodyThatChanged) {
  const std::string ticket = ticket_of_first_visit();
  cloud.write([this](cloud::Registry& registry) -> Status {
    XL_TRY(cloud::Custody custody, registry.custody().find(identity.id()));
    custody.status = cloud::CustodyStatus::revoked;
    ++custody.epoch;
    return registry.custody().change(custody, "stolen", wall_now());
  });
  Client again(cloud.port(), at(cloud.staging, ticket));
  EXPECT_TRUE(again.is_resumed());
  EXPECT_EQ(again.connect(), 5);
}

TEST_F(Tickets, HoldAllThatProvisioningAnewNeeds) {
  const std::string ticket = ticket_of_first_visit();
  cloud.set_status(cloud.staging, identity, cloud::CertificateStatus::pending_activation);
  Client again(cloud.port(), at(cloud.staging, ticket));
  EXPECT_TRUE(again.is_resumed());
  EXPECT_EQ(again.connect(), 0);
}

TEST_F(Tickets, OfAnotherGatewayCostAFullHandshake) {
  const std::string ticket = ticket_of_first_visit();
  Cloud stranger;
  stranger.enroll(stranger.staging, vendor);
  Client client(stranger.port(), at(stranger.staging, ticket));
  EXPECT_FALSE(client.is_resumed());
  EXPECT_EQ(client.connect(), 0);
}

TEST_F(Tickets, ThatWereTamperedWithCostAFullHandshake) {
  std::string ticket = ticket_of_first_visit();
  SSL_SESSION* session = nullptr;
  const Byte* der = as_bytes(ticket).data();
  session = d2i_SSL_SESSION(nullptr, &der, static_cast<long>(ticket.size()));
  const unsigned char* inside = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(session, &inside, &size);
  const std::size_t at_middle = ticket.find(as_text({inside, size})) + size / 2;
  SSL_SESSION_free(session);
  ticket[at_middle] = static_cast<char>(ticket[at_middle] ^ 1);
  Client client(cloud.port(), at(cloud.staging, ticket));
  EXPECT_FALSE(client.is_resumed());
  EXPECT_EQ(client.connect(), 0);
}

class TicketKeysOfAnHour : public ::testing::Test {
 protected:
  ByteView name_of(const TicketKeys::Keys& keys) const { return ByteView(keys.name).first(16); }
  std::int64_t hour = 1000;
  const HourClock clock = [this] { return hour; };
};

TEST_F(TicketKeysOfAnHour, OpenForOneMoreAndAskForANewTicketThen) {
  TicketKeys keys(TicketKeys::fresh_seed(clock), clock);
  const TicketKeys::Keys first = keys.current();
  EXPECT_FALSE(keys.find(name_of(first)).is_old);
  ++hour;
  EXPECT_NE(keys.current().name, first.name);
  ASSERT_NE(keys.find(name_of(first)).keys, nullptr);
  EXPECT_TRUE(keys.find(name_of(first)).is_old);
  EXPECT_EQ(keys.find(name_of(first)).keys->cipher, first.cipher);
  ++hour;
  EXPECT_EQ(keys.find(name_of(first)).keys, nullptr);
}

TEST_F(TicketKeysOfAnHour, AreTheSameForEveryHolderOfTheSeed) {
  const TicketKeys::Seed seed = TicketKeys::fresh_seed(clock);
  TicketKeys early(seed, clock);
  (void)early.current();
  hour += 5;
  TicketKeys late(seed, clock);
  EXPECT_EQ(early.current().name, late.current().name);
  EXPECT_EQ(early.current().mac, late.current().mac);
}

}  // namespace
}  // namespace xl::gateway::testing
