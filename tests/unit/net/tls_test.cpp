// SPDX-License-Identifier: Apache-2.0
#include "unit/net/support.hpp"

namespace xl::net {
namespace {

HttpServerOptions tls_options(const test::TlsFiles& files) {
  HttpServerOptions options;
  options.listeners = {{"127.0.0.1", 0, true}};
  options.tls_certificate_chain_pem = files.chain_pem;
  options.tls_private_key_pem = files.key_pem;
  return options;
}

HttpHandler say_whether_secure() {
  return [](const HttpRequest& request, const std::shared_ptr<HttpResponder>& responder) {
    responder->respond({200, {}, request.secure ? "secure" : "plain"});
  };
}

TEST(HttpsServer, AnswersAClientThatTrustsItsRoot) {
  const auto files = test::make_tls_files({"iot.localhost", "127.0.0.1"});
  const auto server = test::start(say_whether_secure(), tls_options(files));
  for (const auto* host : {"iot.localhost", "127.0.0.1"}) {
    const auto response = http_call(test::url_of(*server, host), {}, {.root_ca_file = files.root_file});
    ASSERT_TRUE(response) << response.error().detail;
    EXPECT_EQ(response->body, "secure");
  }
}

TEST(HttpsClient, RefusesAnotherHostName) {
  const auto files = test::make_tls_files({"iot.localhost"});
  const auto server = test::start(say_whether_secure(), tls_options(files));
  const auto response = http_call(test::url_of(*server, "other.localhost"), {}, {.root_ca_file = files.root_file});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

TEST(HttpsClient, RefusesAnUnknownRoot) {
  const auto files = test::make_tls_files({"iot.localhost"});
  const auto others = test::make_tls_files({"iot.localhost"});
  const auto server = test::start(say_whether_secure(), tls_options(files));
  EXPECT_FALSE(http_call(test::url_of(*server, "iot.localhost"), {}, {.root_ca_file = others.root_file}));
}

TEST(HttpsClient, NamesARootFileThatCannotBeRead) {
  const auto response = http_call("https://127.0.0.1:1", {}, {.root_ca_file = "/nonexistent.pem"});
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().detail.find("/nonexistent.pem"), std::string::npos);
}

TEST(HttpsServer, RefusesAKeyThatIsNotTheCertificates) {
  auto files = test::make_tls_files({"a"});
  files.key_pem = test::make_tls_files({"b"}).key_pem;
  const auto server = start_http_server(tls_options(files), say_whether_secure());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::invalid_argument);
}

TEST(HttpsServer, SurvivesPlainHttpAndServesBothListeners) {
  const auto files = test::make_tls_files({"127.0.0.1"});
  auto options = tls_options(files);
  options.listeners.push_back({});
  const auto server = test::start(say_whether_secure(), options);
  test::RawClient confused(*server);
  confused.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  confused.read_to_end();
  const auto plain = http_call("http://127.0.0.1:" + std::to_string(server->listeners()[1].port), {});
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_EQ(plain->body, "plain");
  EXPECT_EQ(http_call(test::url_of(*server), {}, {.root_ca_file = files.root_file})->body, "secure");
}

}  // namespace
}  // namespace xl::net
