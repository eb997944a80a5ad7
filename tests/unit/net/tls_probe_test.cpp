// SPDX-License-Identifier: Apache-2.0
#include "net/tls_probe.hpp"

#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "unit/net/support.hpp"

namespace xl::net {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class TlsProbeTest : public testing::Test {
 protected:
  Status probe(const std::string& host, const std::string& roots) const {
    return probe_tls({host, server_->listeners().front().port, roots});
  }
  std::string roots() const { return text_of(files_.root_file); }

  const test::TlsFiles files_ = test::make_tls_files({"endpoint.localhost"});

 private:
  HttpServerOptions options() const {
    HttpServerOptions out;
    out.listeners = {{"127.0.0.1", 0, true}};
    out.tls_certificate_chain_pem = files_.chain_pem;
    out.tls_private_key_pem = files_.key_pem;
    return out;
  }
  const std::unique_ptr<HttpServer> server_ =
      test::start([](const HttpRequest&, const std::shared_ptr<HttpResponder>&) {}, options());
};

TEST_F(TlsProbeTest, TakesACertificateOfTheNameAndTheRoot) {
  const Status seen = probe("endpoint.localhost", roots());
  EXPECT_TRUE(seen) << seen.error().detail;
}

TEST_F(TlsProbeTest, FindsTheRootAmongOthers) {
  EXPECT_TRUE(probe("endpoint.localhost", text_of(test::make_tls_files({"a"}).root_file) + roots()));
}

TEST_F(TlsProbeTest, SaysWhyACertificateIsNotToBeTrusted) {
  const Status other_name = probe("other.localhost", roots());
  ASSERT_FALSE(other_name);
  EXPECT_EQ(other_name.error().code, Errc::forbidden);
  EXPECT_NE(other_name.error().detail.find("another name"), std::string::npos) << other_name.error().detail;
  const Status other_root = probe("endpoint.localhost", text_of(test::make_tls_files({"a"}).root_file));
  ASSERT_FALSE(other_root);
  EXPECT_EQ(other_root.error().code, Errc::forbidden);
}

TEST_F(TlsProbeTest, WhoeverDoesNotAnswerMayDoItLater) {
  const Status closed = probe_tls({"endpoint.localhost", 1, roots()});
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Errc::unavailable);
}

TEST_F(TlsProbeTest, ABundleThatIsNonePemIsTheCallersMistake) {
  const Status seen = probe("endpoint.localhost", "no PEM");
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Errc::invalid_argument);
}

TEST(HttpClient, EndsACallWhenItIsToStop) {
  std::promise<std::shared_ptr<HttpResponder>> asked;
  auto never_answered = asked.get_future();
  const auto server = test::start(
      [&asked](const HttpRequest&, const std::shared_ptr<HttpResponder>& responder) { asked.set_value(responder); });
  std::stop_source stop;
  const std::jthread stopper([&] {
    never_answered.wait();
    stop.request_stop();
  });
  const auto response = http_call(test::url_of(*server), {}, {.stop = stop.get_token()});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace xl::net
