// SPDX-License-Identifier: Apache-2.0
// While a session lives: takeover, changes of status and policy, presence, an engine that dies, the end of the gateway.
#include <signal.h>

#include <thread>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

class Life : public ::testing::Test {
 protected:
  void SetUp() override { cloud_.enroll(cloud_.staging, vendor_); }
  std::unique_ptr<Client> connect(const Identity& identity) {
    auto client = std::make_unique<Client>(cloud_, cloud_.staging, identity);
    EXPECT_EQ(client->connect(), 0);
    return client;
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  Identity identity_ = vendor_.issue();
};

TEST_F(Life, TheNewestConnectionOfAClientIdWins) {
  const auto first = connect(identity_);
  const auto second = connect(identity_);
  EXPECT_TRUE(first->is_closed());
  EXPECT_EQ(second->subscribe("x"), 1);
  EXPECT_TRUE(eventually([this] { return cloud_.gateway().counters().sessions_open == 1; }));
  EXPECT_TRUE(cloud_.gateway().presence().is_connected(cloud_.staging.id, identity_.thing_name));
}

TEST_F(Life, ATakeoverIsToldAsOne) {
  const std::string topic = "$aws/events/presence/disconnected/" + identity_.thing_name;
  const auto ear = cloud_.listen(cloud_.staging, topic);
  const auto first = connect(identity_), second = connect(identity_);
  const std::string told = ear->hear(topic).payload;
  EXPECT_NE(told.find("\"DUPLICATE_CLIENTID\""), std::string::npos) << told;
}

TEST_F(Life, ComingAndGoingIsTold) {
  const auto ear = cloud_.listen(cloud_.staging, "$aws/events/presence/#");
  connect(identity_)->send(mqtt::Disconnect{});
  const std::string came = ear->hear("$aws/events/presence/connected/" + identity_.thing_name).payload;
  EXPECT_NE(came.find(identity_.id()), std::string::npos) << came;
  const std::string went = ear->hear("$aws/events/presence/disconnected/" + identity_.thing_name).payload;
  EXPECT_NE(went.find("\"CLIENT_INITIATED_DISCONNECT\""), std::string::npos) << went;
}

TEST_F(Life, PresenceTellsTheStateAndEveryChange) {
  std::mutex mutex;
  std::vector<bool> told;
  const auto watch = cloud_.gateway().presence().watch(cloud_.staging.id, identity_.thing_name, [&](bool connected) {
    const std::lock_guard lock(mutex);
    told.push_back(connected);
  });
  const auto is = [&](const std::vector<bool>& expected) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return told == expected;
    });
  };
  EXPECT_TRUE(is({false}));
  {
    const auto device = connect(identity_);
    EXPECT_TRUE(is({false, true}));
    EXPECT_FALSE(cloud_.gateway().presence().is_connected(cloud_.other.id, identity_.thing_name));
  }
  EXPECT_TRUE(is({false, true, false}));
}

TEST_F(Life, ACertificateThatLosesItsStatusLosesItsSession) {
  for (const auto status : {cloud::CertificateStatus::inactive, cloud::CertificateStatus::revoked}) {
    const Identity identity = vendor_.issue();
    const auto device = connect(identity);
    const auto neighbour = connect(vendor_.issue());
    cloud_.set_status(cloud_.staging, identity, status);
    EXPECT_TRUE(device->is_closed());
    EXPECT_EQ(neighbour->subscribe("x"), 1);
  }
}

TEST_F(Life, APolicyThatIsTakenAwayEndsTheSession) {
  const auto device = connect(identity_);
  const auto policies = cloud_.view().policies().attached_to(cloud_.staging.id, identity_.id());
  cloud_.write([&](cloud::Registry& registry) {
    return registry.policies().detach(cloud_.staging.id, policies->front().name, identity_.id());
  });
  EXPECT_TRUE(device->is_closed());
}

TEST_F(Life, APolicyThatIsAddedCountsAtOnce) {
  const auto device = connect(identity_);
  EXPECT_EQ(device->subscribe("secret"), 1);
  cloud_.write([&](cloud::Registry& registry) -> Status {
    cloud::Policy policy;
    policy.account_id = cloud_.staging.id;
    policy.name = "deny";
    policy.document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:Subscribe",
                          "Resource":"arn:aws:iot:*:*:topicfilter/later"}]})";
    XL_CHECK(registry.policies().insert(policy));
    return registry.policies().attach(cloud_.staging.id, policy.name, identity_.id());
  });
  EXPECT_TRUE(eventually([&] { return device->subscribe("later") == 0x80; }));
}

TEST_F(Life, APolicyOfAGroupCountsFromTheMomentTheThingIsInIt) {
  const auto device = connect(identity_);
  const std::string& account = cloud_.staging.id;
  cloud_.write([&](cloud::Registry& registry) -> Status {
    cloud::Policy policy;
    policy.account_id = account;
    policy.name = "deny-in-house";
    policy.document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iot:Connect",
                          "Resource":"*"}]})";
    XL_CHECK(registry.policies().insert(policy));
    XL_CHECK(registry.thing_groups().insert({account, "house", "id", std::nullopt, "", {}, 1, {}}));
    XL_CHECK(registry.thing_groups().insert({account, "room", "id", "house", "", {}, 1, {}}));
    return registry.policies().attach_to_group(account, policy.name, "house");
  });
  EXPECT_EQ(device->subscribe("still-here"), 1);
  cloud_.write([&](cloud::Registry& registry) {
    return registry.thing_groups().add_member(account, "room", identity_.thing_name);
  });
  EXPECT_TRUE(device->is_closed());
  cloud_.write([&](cloud::Registry& registry) {
    return registry.policies().detach_from_group(account, "deny-in-house", "house");
  });
  const auto again = connect(identity_);
  cloud_.write([&](cloud::Registry& registry) {
    return registry.policies().attach_to_group(account, "deny-in-house", "house");
  });
  EXPECT_TRUE(again->is_closed());
}

TEST_F(Life, ANewDefaultVersionOfAPolicyReachesLiveSessions) {
  const auto device = connect(identity_);
  const std::string& account = cloud_.staging.id;
  cloud_.write([&](cloud::Registry& registry) -> Status {
    XL_TRY(const auto policies, registry.policies().attached_to(account, identity_.id()));
    XL_TRY(const auto version, registry.policies().add_version(account, policies.front().name,
                                                               R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny",
                                               "Action":"iot:*","Resource":"*"}]})",
                                                               wall_now()));
    return registry.policies().set_default(account, policies.front().name, version, wall_now());
  });
  EXPECT_TRUE(device->is_closed());
}

TEST_F(Life, ADeviceWithAnRsaKeyThatTheServiceMadeConnects) {
  const auto ca = pki::create_root_ca("Device CA", "test", 10, wall_now()).value();
  const auto key = pki::PrivateKey::generate_rsa2048();
  const Identity made{"by-hand", pki::issue_device_certificate(ca, key, wall_now()).value(), key};
  cloud_.write([&](cloud::Registry& registry) -> Status {
    const auto& facts = made.certificate.facts();
    cloud::Certificate certificate;
    certificate.account_id = cloud_.staging.id;
    certificate.id = facts.fingerprint;
    certificate.pem = facts.pem;
    certificate.status = cloud::CertificateStatus::active;
    certificate.not_before = facts.not_before;
    certificate.not_after = facts.not_after;
    XL_CHECK(registry.certificates().insert(certificate));
    cloud::Policy policy;
    policy.account_id = cloud_.staging.id;
    policy.name = "by-hand";
    policy.document = R"({"Version":"2012-10-17","Statement":[)" + Cloud::kAllowAll + "]}";
    XL_CHECK(registry.policies().insert(policy));
    return registry.policies().attach(cloud_.staging.id, policy.name, certificate.id);
  });
  Client device(cloud_, cloud_.staging, made);
  EXPECT_EQ(device.connect(), 0);
}

TEST_F(Life, AKilledEngineComesBackAndServiceGoesOn) {
  const auto ear = cloud_.listen(cloud_.staging, "after");
  const auto before = connect(identity_);
  const int killed = cloud_.engine().process_id();
  ASSERT_GT(killed, 0);
  ASSERT_EQ(::kill(killed, SIGKILL), 0);
  EXPECT_TRUE(before->is_closed());
  ASSERT_TRUE(eventually([&] { return cloud_.engine().process_id() > 0 && cloud_.engine().process_id() != killed; }));
  const auto after = connect(identity_);
  ASSERT_TRUE(eventually([this] { return cloud_.gateway().engine_ready(); }));
  EXPECT_TRUE(eventually([&] {
    after->publish("after", "back");
    return !ear->heard().empty();
  }));
}

TEST_F(Life, AnEngineThatHangsIsReplacedAndServiceGoesOn) {
  const int hanging = cloud_.engine().process_id();
  ASSERT_EQ(::kill(hanging, SIGSTOP), 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto is_replaced = [&] { return cloud_.engine().process_id() != hanging && cloud_.gateway().engine_ready(); };
  while (!is_replaced() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(is_replaced());
  Client device(cloud_, cloud_.staging, identity_);
  EXPECT_EQ(device.connect(), 0);
}

TEST(Engine, ThatHangsDoesNotKeepItsOwnerFromEnding) {
  const TemporaryFolder folder;
  auto engine = start_mosquitto(folder.path() / "engine");
  ASSERT_TRUE(engine);
  const int hanging = (*engine)->process_id();
  ASSERT_EQ(::kill(hanging, SIGSTOP), 0);
  engine->reset();
  EXPECT_NE(::kill(hanging, 0), 0);
}

TEST(Engine, WaitsForItsPredecessorToEnd) {
  const TemporaryFolder folder;
  auto first = start_mosquitto(folder.path() / "engine");
  ASSERT_TRUE(first);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    first->reset();
  });
  auto second = start_mosquitto(folder.path() / "engine");
  later.join();
  EXPECT_TRUE(second) << second.error().detail;
}

TEST_F(Life, TheEngineFolderHasOneOwner) {
  const auto second = start_mosquitto(cloud_.folder() / "engine");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_EQ(connect(identity_)->subscribe("x"), 1);
}

TEST_F(Life, DrainingClosesSessionsAndAcceptsNoMore) {
  const auto device = connect(identity_);
  cloud_.gateway().drain(5);
  EXPECT_TRUE(device->is_closed());
  EXPECT_EQ(cloud_.gateway().counters().sessions_open, 0u);
}

TEST(Engine, RunsInAFolderWhosePathIsLongerThanASocketAddress) {
  const TemporaryFolder folder;
  const auto engine = start_mosquitto(folder.path() / std::string(100, 'a') / std::string(100, 'b'));
  ASSERT_TRUE(engine) << engine.error().detail;
  EXPECT_GT((*engine)->process_id(), 0);
}

TEST(Engine, EndsWithItsOwner) {
  const TemporaryFolder folder;
  auto engine = start_mosquitto(folder.path());
  ASSERT_TRUE(engine) << engine.error().detail;
  const int child = (*engine)->process_id();
  engine->reset();
  EXPECT_NE(::kill(child, 0), 0);
  EXPECT_TRUE(start_mosquitto(folder.path()));
}

}  // namespace
}  // namespace xl::gateway::testing
