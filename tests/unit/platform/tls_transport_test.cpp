// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tls_transport.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "pki/signer_key.hpp"
#include "unit/platform/support.hpp"
#include "unit/platform/tls_server.hpp"

namespace xl::platform {
namespace {

using module::ports::TransportEvent;
using module::ports::TransportFault;
using testing::Credentials;
using testing::TlsServer;
using testing::turn_until;
using Kind = TransportEvent::Kind;

class FakeKeys final : public keystore::KeyStore {
 public:
  explicit FakeKeys(pki::PrivateKey key) : key_(std::move(key)) {}
  Result<pki::PkeyPtr> key() override {
    if (gone) return fail(Error::unavailable("the secure element does not answer"));
    EVP_PKEY_up_ref(key_.pkey());
    return pki::PkeyPtr(key_.pkey());
  }
  std::string description() const override { return "fake"; }
  bool gone = false;

 private:
  pki::PrivateKey key_;
};

/// An element that is pulled out between the look at its key and the signature.
class LostElement final : public pki::DigestSigner, public keystore::KeyStore {
 public:
  Result<pki::P256Signature> sign(const pki::P256Number&) override {
    return fail(Error::unavailable("the element was pulled out"));
  }
  Result<pki::PkeyPtr> key() override;
  std::string description() const override { return "lost"; }
};

const Credentials& credentials() {
  static const Credentials made = Credentials::create();
  return made;
}

Result<pki::PkeyPtr> LostElement::key() {
  pki::P256Point point;
  std::array<Byte, 65> octets{};
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(credentials().module_key.pkey(), "pub", octets.data(), octets.size(), &size);
  std::copy_n(octets.begin() + 1, 32, point.x.begin());
  std::copy_n(octets.begin() + 33, 32, point.y.begin());
  return pki::key_of_signer(point, std::shared_ptr<pki::DigestSigner>(this, [](auto*) {}));
}

class TransportTest : public ::testing::Test {
 protected:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }

  void start(TlsTransport::Settings settings) {
    transport_.emplace(loop_, TlsIdentity{credentials().module_certificate_pem, "", &keys_}, std::move(settings));
    transport_->deliver_to([this](const TransportEvent& event) { note(event); });
  }
  void start(std::vector<std::string> addresses = {"127.0.0.1"}) {
    TlsTransport::Settings settings;
    settings.resolve = [addresses](std::string_view) { return addresses; };
    start(std::move(settings));
  }
  void note(const TransportEvent& event) {
    received_ += as_text(event.bytes);
    if (event.kind == Kind::received) return;
    kinds_.push_back(event.kind);
    fault_ = event.fault;
    detail_ = event.detail;
    if (on_event_) on_event_(event);
  }
  void open(std::uint16_t port, std::string_view host = "endpoint.localhost") { transport_->open(host, port, root()); }
  static const std::string& root() { return credentials().root.certificate.facts().pem; }
  void talk_and_close(std::uint16_t port, std::string_view host, const std::string& root_ca_pem) {
    kinds_.clear();
    received_.clear();
    transport_->open(host, port, root_ca_pem);
    ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
    ASSERT_TRUE(transport_->send(as_bytes("hello")));
    ASSERT_TRUE(turn_until(loop_, [&] { return received_ == "hello"; }));
    transport_->close();
  }
  bool wait_for(Kind kind) {
    return turn_until(loop_, [&] { return !kinds_.empty() && kinds_.back() == kind; });
  }
  void expect_failure(TransportFault fault, std::string_view detail) {
    ASSERT_TRUE(wait_for(Kind::failed));
    EXPECT_EQ(fault_, fault);
    EXPECT_NE(detail_.find(detail), std::string::npos) << detail_;
    EXPECT_FALSE(transport_->send(as_bytes("x")));
  }

  FakeKeys keys_{credentials().module_key};
  EventLoop loop_;
  std::optional<TlsTransport> transport_;
  std::vector<Kind> kinds_;
  TransportFault fault_ = TransportFault::none;
  std::string detail_;
  std::string received_;
  std::function<void(const TransportEvent&)> on_event_;
};

using Transport = TransportTest;

TEST_F(Transport, AuthenticatesBothSidesAndCarriesBytes) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(credentials(), {.version_min = version, .version_max = version});
    start();
    open(server.port());
    ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
    received_.clear();
    ASSERT_TRUE(transport_->send(as_bytes("hello")));
    ASSERT_TRUE(turn_until(loop_, [&] { return received_ == "hello"; }));
    EXPECT_EQ(server.server_name(), "endpoint.localhost");
    EXPECT_EQ(server.client_common_name(), credentials().thing_name);
    kinds_.clear();
  }
}

TEST_F(Transport, SaysWhatTheSecureElementSaidWhenItDoesNotSign) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(credentials(), {.version_min = version, .version_max = version});
    LostElement lost;
    TlsTransport::Settings settings;
    settings.resolve = [](std::string_view) { return std::vector<std::string>{"127.0.0.1"}; };
    transport_.emplace(loop_, TlsIdentity{credentials().module_certificate_pem, "", &lost}, std::move(settings));
    transport_->deliver_to([this](const TransportEvent& event) { note(event); });
    kinds_.clear();
    open(server.port());
    expect_failure(TransportFault::not_authenticated, "the element was pulled out");
    transport_.reset();
  }
}

TEST_F(Transport, ResumesItsSessionWithTheSameServer) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(credentials(), {.version_min = version, .version_max = version});
    start();
    for (const bool is_later : {false, true, true}) {
      talk_and_close(server.port(), "endpoint.localhost", root());
      EXPECT_EQ(server.resumed(), is_later) << version;
    }
  }
}

TEST_F(Transport, OffersItsSessionToNoOtherEndpointAndUnderNoOtherRootCa) {
  TlsServer server(credentials(), {.version_min = TLS1_2_VERSION, .version_max = TLS1_2_VERSION});
  start();
  talk_and_close(server.port(), "endpoint.localhost", root());
  talk_and_close(server.port(), "127.0.0.1", root());
  EXPECT_FALSE(server.resumed());
  talk_and_close(server.port(), "endpoint.localhost", root());
  EXPECT_FALSE(server.resumed()) << "the other endpoint made it forget";
  talk_and_close(server.port(), "endpoint.localhost", root() + root());
  EXPECT_FALSE(server.resumed());
}

TEST_F(Transport, CarriesMoreThanTheSocketHolds) {
  TlsServer server(credentials());
  start();
  open(server.port());
  ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
  std::string sent;
  for (int i = 0; i < 20; ++i) {
    const std::string chunk(100'000, static_cast<char>('a' + i));
    ASSERT_TRUE(turn_until(loop_, [&] { return transport_->send(as_bytes(chunk)); }));
    sent += chunk;
  }
  ASSERT_TRUE(turn_until(loop_, [&] { return received_.size() == sent.size(); }));
  EXPECT_TRUE(received_ == sent);
}

TEST_F(Transport, QueuesAllOfAPacketOrNothing) {
  TlsServer server(credentials());
  start();
  EXPECT_FALSE(transport_->send(as_bytes("too early")));
  open(server.port());
  EXPECT_FALSE(transport_->send(as_bytes("still too early")));
  ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
  EXPECT_FALSE(transport_->send(as_bytes(std::string(300 * 1024, 'x'))));
  EXPECT_TRUE(transport_->send(as_bytes("ok")));
  ASSERT_TRUE(turn_until(loop_, [&] { return received_ == "ok"; }));
}

TEST_F(Transport, SendsWhatIsQueuedBeforeItCloses) {
  TlsServer server(credentials());
  start();
  open(server.port());
  ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
  ASSERT_TRUE(transport_->send(as_bytes("goodbye")));
  transport_->close();
  EXPECT_TRUE(turn_until(loop_, [&] { return server.received() == "goodbye" && server.closed_cleanly(); }));
  EXPECT_EQ(kinds_, std::vector{Kind::opened});
  transport_->close();  // harmless
}

TEST_F(Transport, NeverCallsBackFromInsideOpenSendOrClose) {
  start();
  open(testing::unused_port());
  EXPECT_TRUE(kinds_.empty());
  transport_->close();
  for (int i = 0; i < 5; ++i) loop_.turn(std::chrono::milliseconds(10));
  EXPECT_TRUE(kinds_.empty());
}

TEST_F(Transport, MayBeOpenedAgainFromItsOwnFailure) {
  TlsServer server(credentials());
  start();
  on_event_ = [&](const TransportEvent& event) {
    if (event.kind == Kind::failed) open(server.port());
  };
  open(testing::unused_port());
  EXPECT_TRUE(wait_for(Kind::opened));
  EXPECT_EQ(kinds_, (std::vector{Kind::failed, Kind::opened}));
}

TEST_F(Transport, MayBeClosedFromAnyEvent) {
  TlsServer server(credentials());
  start();
  on_event_ = [&](const TransportEvent&) { transport_->close(); };
  open(server.port());
  ASSERT_TRUE(wait_for(Kind::opened));
  EXPECT_FALSE(transport_->send(as_bytes("x")));
}

TEST_F(Transport, TellsWhenTheServerHangsUp) {
  TlsServer server(credentials(), {.hangs_up_after_echo = true});
  start();
  open(server.port());
  ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
  ASSERT_TRUE(transport_->send(as_bytes("last")));
  ASSERT_TRUE(wait_for(Kind::closed_by_peer));
  EXPECT_EQ(received_, "last");
  EXPECT_FALSE(transport_->send(as_bytes("x")));
}

TEST_F(Transport, IsUnreachableWhenThePortIsRefused) {
  start();
  open(testing::unused_port());
  expect_failure(TransportFault::unreachable, "Connection refused");
}

TEST_F(Transport, IsUnreachableWhenTheNameDoesNotResolve) {
  TlsTransport::Settings settings;
  settings.resolve = [](std::string_view host) -> NameResolver::Addresses {
    return fail(Error::unavailable("no address for " + std::string(host)));
  };
  start(std::move(settings));
  open(1);
  expect_failure(TransportFault::unreachable, "no address for endpoint.localhost");
}

TEST_F(Transport, TriesEveryAddress) {
  TlsServer server(credentials());
  start({"not an address", "127.0.0.2", "127.0.0.1"});  // the server listens on the last one only
  open(server.port());
  EXPECT_TRUE(wait_for(Kind::opened)) << detail_;
}

TEST_F(Transport, RefusesAServerThatRootCaHasNotSigned) {
  TlsServer server(credentials());
  start();
  const auto stranger = pki::create_root_ca("Stranger", "Tests", 10, wall_now()).value();
  transport_->open("endpoint.localhost", server.port(), stranger.certificate.facts().pem);
  expect_failure(TransportFault::not_authenticated, "server certificate is not signed by RootCA");
}

TEST_F(Transport, AcceptsAnyCertificateOfTheBundle) {
  TlsServer server(credentials());
  start();
  const auto stranger = pki::create_root_ca("Stranger", "Tests", 10, wall_now()).value();
  transport_->open("endpoint.localhost", server.port(),
                   stranger.certificate.facts().pem + credentials().root.certificate.facts().pem);
  EXPECT_TRUE(wait_for(Kind::opened)) << detail_;
}

TEST_F(Transport, RefusesAServerOfAnotherName) {
  TlsServer server(credentials());
  start();
  open(server.port(), "other.localhost");
  expect_failure(TransportFault::not_authenticated, "host name does not match the server certificate");
}

TEST_F(Transport, ComparesAddressesWithoutSendingThemAsServerName) {
  TlsServer server(credentials());
  start();
  open(server.port(), "127.0.0.1");
  ASSERT_TRUE(wait_for(Kind::opened)) << detail_;
  ASSERT_TRUE(transport_->send(as_bytes("x")));
  ASSERT_TRUE(turn_until(loop_, [&] { return received_ == "x"; }));
  EXPECT_EQ(server.server_name(), "");
  transport_->close();
  kinds_.clear();
  open(server.port(), "127.0.0.9");
  expect_failure(TransportFault::not_authenticated, "host name does not match");
}

TEST_F(Transport, RefusesTlsOlderThan12) {
  TlsServer server(credentials(), {.version_min = TLS1_VERSION, .version_max = TLS1_1_VERSION});
  start();
  open(server.port());
  expect_failure(TransportFault::not_authenticated, "does not speak TLS 1.2 or newer");
}

TEST_F(Transport, RefusesAServerThatDoesNotSpeakTls) {
  TlsServer server(credentials(), {.speaks_tls = false});
  start();
  open(server.port());
  expect_failure(TransportFault::not_authenticated, "does not speak TLS");
}

TEST_F(Transport, SaysThatTheServerRefusedOurCertificate) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(credentials(), {.version_min = version, .version_max = version, .trusts_modules = false});
    start();
    on_event_ = [&](const TransportEvent& event) {
      if (event.kind == Kind::opened) EXPECT_TRUE(transport_->send(as_bytes("CONNECT")));
    };
    open(server.port());
    expect_failure(TransportFault::not_authenticated, "server refused the module's certificate");
    EXPECT_EQ(kinds_.size(), version == TLS1_2_VERSION ? 1u : 2u);  // TLS 1.3 opens first
    on_event_ = nullptr;
    kinds_.clear();
  }
}

TEST_F(Transport, GivesUpOnASilentServer) {
  TlsServer server(credentials(), {.says_nothing = true});
  TlsTransport::Settings settings;
  settings.connect_deadline = std::chrono::seconds(1);
  settings.resolve = [](std::string_view) { return std::vector<std::string>{"127.0.0.1"}; };
  start(std::move(settings));
  open(server.port());
  expect_failure(TransportFault::not_authenticated, "did not finish the TLS handshake in time");
}

TEST_F(Transport, FailsAuthenticationWithoutAKeyOrARootCa) {
  TlsServer server(credentials());
  start();
  keys_.gone = true;
  open(server.port());
  expect_failure(TransportFault::not_authenticated, "the secure element does not answer");
  keys_.gone = false;
  kinds_.clear();
  transport_->open("endpoint.localhost", server.port(), "no certificate");
  expect_failure(TransportFault::not_authenticated, "RootCA is not a PEM certificate");
}

TEST_F(Transport, DropsAConnectionThatIsStillResolving) {
  TlsServer server(credentials());
  start();
  open(server.port());
  open(server.port(), "other.localhost");  // only the second attempt counts
  expect_failure(TransportFault::not_authenticated, "host name does not match");
  EXPECT_EQ(kinds_.size(), 1u);
}

}  // namespace
}  // namespace xl::platform
