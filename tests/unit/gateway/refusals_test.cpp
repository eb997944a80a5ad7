// SPDX-License-Identifier: Apache-2.0
// Who is not let in, and that the operator is told why.
#include <openssl/ssl.h>

#include <algorithm>

#include "cloud/model/limits.hpp"
#include "cloud/rules/account_settings.hpp"
#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

constexpr int kIdentifierRejected = 2;
constexpr int kNotAuthorized = 5;

class Refusals : public ::testing::Test {
 protected:
  void SetUp() override { cloud_.enroll(cloud_.staging, vendor_); }

  /// CONNECT is refused with code 5, and the account's connect_failed event says `reason`.
  void expect_refused(const Identity& identity, const std::string& reason) {
    const std::string topic = "$aws/events/presence/connect_failed/" + identity.thing_name;
    const auto ear = cloud_.listen(cloud_.staging, topic);
    Client device(cloud_, cloud_.staging, identity);
    EXPECT_TRUE(device.is_shaken());
    EXPECT_EQ(device.connect(), kNotAuthorized);
    EXPECT_TRUE(device.is_closed());
    const std::string told = ear->hear(topic).payload;
    EXPECT_NE(told.find(reason), std::string::npos) << told;
    EXPECT_NE(told.find(identity.id()), std::string::npos) << told;
  }
  void expect_unknown(const Identity& identity, const cloud::Account& account) {
    const auto found = cloud_.view().certificates().find(account.id, identity.id());
    EXPECT_TRUE(!found && found.error().code == Errc::not_found);
  }
  /// TLS itself fails: a TLS 1.3 client learns of it only when it reads.
  bool is_turned_away(const Client::Tls& tls) {
    Client device(cloud_.port(), tls);
    return !device.is_shaken() || (!device.connect({.client_id = "c"}) && device.is_closed());
  }

  /// What the gateway answers to a module that says it is this vendor's.
  std::optional<int> connect_as(const Identity& identity, const std::string& vendor) {
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    const std::string login = vendor.empty() ? "lamp"
                                             : "?SDK=S&SDKVersion=1&Platform=ExpressLink&Metadata=(Vendor=" + vendor +
                                                   "; Model=A-1; FWversion=1; TechSpec=1.1.2; CustomName=)";
    connect.username = login;
    return Client(cloud_, cloud_.staging, identity).connect(connect);
  }
  void enforce_login_strings(bool is_on) {
    cloud_.write([&](cloud::Registry& registry) {
      return cloud::rules::set(registry, cloud_.staging.id, cloud::rules::kEnforceLoginStrings, is_on);
    });
  }
  /// Of the kind login_mismatch, about this device.
  std::string finding_about(const Identity& identity) {
    const auto page = cloud_.view().findings().list(cloud_.staging.id, false, {.after = "", .limit = 100});
    for (const cloud::Finding& finding : page->items) {
      if (finding.kind == cloud::FindingKind::login_mismatch && finding.subject == identity.id())
        return finding.thing_name + ": " + finding.evidence;
    }
    return "";
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
};

TEST_F(Refusals, ALoginStringThatContradictsTheCertificateWhereTheAccountEnforcesIt) {
  const Identity known = vendor_.issue(), unknown = vendor_.issue();
  EXPECT_EQ(connect_as(known, "Umbrella"), 0) << "observed, as at first";
  EXPECT_TRUE(eventually([&] { return finding_about(known).find("\"Umbrella\"") != std::string::npos; }));
  enforce_login_strings(true);
  EXPECT_EQ(connect_as(known, "Umbrella"), kNotAuthorized) << "also when it said so before";
  EXPECT_TRUE(eventually([&] { return finding_about(known).ends_with("; refused"); })) << finding_about(known);
  EXPECT_EQ(connect_as(unknown, "Umbrella"), kNotAuthorized);
  expect_unknown(unknown, cloud_.staging);
  EXPECT_TRUE(eventually([&] { return finding_about(unknown).starts_with(unknown.thing_name + ": "); }));
  enforce_login_strings(false);
  EXPECT_EQ(connect_as(known, "Umbrella"), 0);
}

TEST_F(Refusals, NobodyForALoginStringThatIsMissingOrMalformedOrRight) {
  enforce_login_strings(true);
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0) << "it says nothing";
  EXPECT_EQ(connect_as(identity, ""), 0) << "it says something else";
  EXPECT_EQ(connect_as(identity, "ACME"), 0);
}

TEST_F(Refusals, AStrangerWhoseLoginStringContradictsMakesNoFinding) {
  enforce_login_strings(true);
  const Identity identity = Vendor::create("Stranger").issue();
  EXPECT_EQ(connect_as(identity, "Umbrella"), kNotAuthorized);
  EXPECT_EQ(connect_as(vendor_.issue(), "Acme"), 0) << "what was to be written before is written";
  EXPECT_EQ(finding_about(identity), "");
}

TEST_F(Refusals, ACaThatIsNotRegistered) {
  const Vendor stranger = Vendor::create("Stranger");
  const Identity identity = stranger.issue();
  expect_refused(identity, "not registered in this account");
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, ACaOfTheSameNameWithAnotherKey) {
  const Vendor forger = Vendor::create("Acme");
  const Identity identity = forger.issue();
  expect_refused(identity, "");
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, AutoRegistrationIsOff) {
  cloud_.update_ca(cloud_.staging, vendor_, [](cloud::CaCertificate& ca) { ca.auto_registration = false; });
  const Identity identity = vendor_.issue();
  expect_refused(identity, "auto-registration is off");
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, AnInactiveCa) {
  cloud_.update_ca(cloud_.staging, vendor_, [](cloud::CaCertificate& ca) { ca.status = cloud::CaStatus::inactive; });
  expect_refused(vendor_.issue(), "INACTIVE");
}

TEST_F(Refusals, AnInactiveOrRevokedCertificate) {
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  cloud_.set_status(cloud_.staging, identity, cloud::CertificateStatus::inactive);
  expect_refused(identity, "INACTIVE");
  cloud_.set_status(cloud_.staging, identity, cloud::CertificateStatus::revoked);
  expect_refused(identity, "REVOKED");
  cloud_.set_status(cloud_.staging, identity, cloud::CertificateStatus::active);
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
}

TEST_F(Refusals, AnExpiredLeaf) {
  const Identity identity = vendor_.issue(std::chrono::hours(24 * 365 * 25));
  expect_refused(identity, "expired");
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, TheCaItselfIsNoDevice) {
  const Identity identity{"ca", vendor_.issuing_ca.certificate, vendor_.issuing_ca.key};
  expect_refused(identity, "");
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, TheModuleOfOneVendorAtAnothersEndpoint) {
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  EXPECT_EQ(Client(cloud_, cloud_.other, identity).connect(), kNotAuthorized);
  expect_unknown(identity, cloud_.other);
}

TEST_F(Refusals, AModuleThatBelongsToACustomerAtAnotherOne) {
  cloud_.enroll(cloud_.customer, vendor_);
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.customer, identity).connect(), 0);
  cloud_.enroll(cloud_.other, Vendor::create("Globex"));
  EXPECT_EQ(Client(cloud_, cloud_.other, identity).connect(), kNotAuthorized);
}

TEST_F(Refusals, APolicyThatDoesNotAllowTheClientId) {
  const Vendor strict = Vendor::create("Strict");
  cloud_.enroll(cloud_.staging, strict,
                R"({"Effect":"Allow","Action":"iot:Connect",
                    "Resource":"arn:aws:iot:us-east-1:111111111111:client/${iot:Connection.Thing.ThingName}"})");
  const Identity identity = strict.issue();
  const auto ear = cloud_.listen(cloud_.staging, "$aws/events/presence/connect_failed/#");
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect({.client_id = "somebody-else"}), kNotAuthorized);
  const auto told = ear->hear("$aws/events/presence/connect_failed/somebody-else").payload;
  EXPECT_NE(told.find("iot:Connect"), std::string::npos) << told;
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
}

TEST_F(Refusals, ADeviceWithoutAnyPolicy) {
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  const auto policies = cloud_.view().policies().attached_to(cloud_.staging.id, identity.id());
  cloud_.write([&](cloud::Registry& registry) {
    return registry.policies().detach(cloud_.staging.id, policies->front().name, identity.id());
  });
  expect_refused(identity, "no policy");
}

TEST_F(Refusals, NoOrAnUnknownServerName) {
  const Identity identity = vendor_.issue();
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"", "zzzzzz-ats.iot.localhost", "aaaaaa.iot.localhost", "aaaaaa-ats.iot.localhost.evil",
                             "-ats.iot.localhost", "iot.localhost", "localhost"}) {
      EXPECT_TRUE(is_turned_away({name, &identity, version})) << name;
    }
  }
  expect_unknown(identity, cloud_.staging);
  EXPECT_TRUE(eventually([&] { return cloud_.gateway().counters().handshakes_failed >= 14; }));
}

TEST_F(Refusals, NoCertificate) {
  EXPECT_TRUE(is_turned_away({Cloud::endpoint(cloud_.staging), nullptr, TLS1_2_VERSION}));
  EXPECT_TRUE(is_turned_away({Cloud::endpoint(cloud_.staging), nullptr, TLS1_3_VERSION}));
}

TEST_F(Refusals, OldTls) {
  const Identity identity = vendor_.issue();
  EXPECT_TRUE(is_turned_away({Cloud::endpoint(cloud_.staging), &identity, TLS1_1_VERSION}));
}

TEST_F(Refusals, ClientIdsOutsideTheRules) {
  const Identity identity = vendor_.issue();
  for (const std::string& id : {std::string("a+b"), std::string("#"), std::string(129, 'x')}) {
    EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect({.client_id = id}), kIdentifierRejected) << id;
  }
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect({.client_id = std::string(128, 'x')}), 0);
}

TEST_F(Refusals, ATalkThatDoesNotBeginWithConnect) {
  const Identity identity = vendor_.issue();
  for (const std::string& bytes : {std::string("\xc0\x00", 2), "GET / HTTP/1.1\r\n" + std::string(100, 'x'),
                                   std::string("\x10\xff\xff\xff\xff"), std::string(64, '\0')}) {
    Client device(cloud_, cloud_.staging, identity);
    device.send_bytes(bytes);
    EXPECT_TRUE(device.is_closed());
  }
  expect_unknown(identity, cloud_.staging);
}

TEST_F(Refusals, AWillThatThePolicyForbids) {
  const Identity identity = vendor_.issue();
  const auto connect_with_will = [&](std::string_view topic) {
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.will = mqtt::Will{.topic = topic};
    return Client(cloud_, cloud_.staging, identity).connect(connect);
  };
  EXPECT_EQ(connect_with_will("any/expresslink_config"), kNotAuthorized);
  EXPECT_EQ(connect_with_will("$aws/things/x/shadow/update"), kNotAuthorized);
  EXPECT_EQ(connect_with_will("$aws/events/presence/connected/x"), kNotAuthorized);
  EXPECT_EQ(connect_with_will("$aws/things/" + identity.thing_name + "/jobs/notify-next"), kNotAuthorized);
  EXPECT_EQ(connect_with_will("last/words"), 0);
}

/// A client whose only key share is of a group nobody knows is asked for another: two hellos, one connection.
TEST_F(Refusals, AHandshakeThatBreaksOffAfterItsSecondHelloLeavesNothingBehind) {
  const pki::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set1_groups_list(context.get(), "X25519:P-256");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  const pki::SslPtr ssl(SSL_new(context.get()));
  BIO* const from_server = BIO_new(BIO_s_mem());
  BIO* const to_server = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), from_server, to_server);
  SSL_set_tlsext_host_name(ssl.get(), Cloud::endpoint(cloud_.staging).c_str());
  const auto next_flight = [&] {
    SSL_connect(ssl.get());
    std::string bytes(16 * 1024, '\0');
    bytes.resize(static_cast<std::size_t>(std::max(0, BIO_read(to_server, bytes.data(), 16 * 1024))));
    return bytes;
  };
  std::string hello = next_flight();
  const auto group = hello.find(std::string("\x00\x0a\x00\x06\x00\x04\x00\x1d\x00\x17", 10));
  const auto share = hello.find(std::string("\x00\x24\x00\x1d\x00\x20", 6));
  ASSERT_TRUE(group != std::string::npos && share != std::string::npos);
  hello[group + 6] = hello[group + 7] = hello[share + 2] = hello[share + 3] = '\x1a';
  RawSocket client(cloud_.port());
  client.send(hello);
  const std::string retry = client.receive();
  BIO_write(from_server, retry.data(), static_cast<int>(retry.size()));
  const std::string second = next_flight();
  EXPECT_GT(second.size(), 100u);
  client.send(second);
  EXPECT_NE(client.receive(), "");
}

TEST_F(Refusals, GarbageInsteadOfTls) {
  RawSocket browser(cloud_.port());
  browser.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(browser.is_closed());
  EXPECT_EQ(Client(cloud_, cloud_.staging, vendor_.issue()).connect(), 0);
}

}  // namespace
}  // namespace xl::gateway::testing
