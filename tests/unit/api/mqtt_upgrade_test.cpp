// SPDX-License-Identifier: Apache-2.0
#include "api/mqtt_upgrade.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/text.hpp"
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

class MqttUpgrade : public ApiTest {
 protected:
  /// The upgrade request of RFC 6455 1.3, signed; with a header of `changed` in the place of its own.
  net::HttpRequest request(const crypto::Credentials& key, const net::HttpHeaders& changed = {},
                           const std::string& service = "iotdevicegateway", const std::string& method = "GET") {
    net::HttpHeaders headers{{"Host", url_.substr(7)},
                             {"Upgrade", "websocket"},
                             {"Connection", "keep-alive, Upgrade"},
                             {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                             {"Sec-WebSocket-Version", "13"},
                             {"Sec-WebSocket-Protocol", "mqttv3.1, mqtt"}};
    for (auto& [name, value] : headers)
      if (const auto other = net::find_header(changed, name)) value = *other;
    crypto::SignedRequest as_sent{method, "/mqtt", headers, ""};
    crypto::sign_v4(as_sent, key, "us-east-1", service, wall_now());
    return {.method = method, .target = "/mqtt", .headers = as_sent.headers, .body = {}, .peer_address = {}};
  }
  /// Over a socket of its own, since an HTTP client says `Connection: close`. Status and headers of the answer.
  Answer send_upgrade(const net::HttpRequest& request) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
    for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\r\n");
    text += "\r\n";
    const int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->listeners().front().port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(client, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n") && ::recv(client, &c, 1, 0) == 1;) head += c;
    ::close(client);
    Answer answer;
    for (const std::string_view line : split(head, '\n')) {
      const auto colon = line.find(": ");
      if (line.starts_with("HTTP/1.1 ")) answer.status = std::stoi(std::string(line.substr(9)));
      if (colon != line.npos) answer.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon)).substr(2));
    }
    return answer;
  }
  tl::expected<net::HttpHeaders, Fault> accept(const net::HttpHeaders& changed) {
    const Caller caller{{kVendor, "vendor", cloud::AccountKind::staging, "prefix-vendor", {}},
                        "AKIA",
                        "AKIA",
                        cloud::Role::admin,
                        "iotdevicegateway"};
    return accept_upgrade(request(vendor_key_, changed), caller, "iot.localhost");
  }
};

TEST_F(MqttUpgrade, AnswersTheHandshakeOfRfc6455) {
  const auto headers = accept({});
  ASSERT_TRUE(headers);
  EXPECT_EQ(net::find_header(*headers, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(net::find_header(*headers, "Sec-WebSocket-Protocol"), "mqtt");
  EXPECT_EQ(net::find_header(*headers, "Upgrade"), "websocket");
  const auto old = accept({{"Sec-WebSocket-Protocol", "mqttv3.1"}});
  EXPECT_EQ(net::find_header(*old, "Sec-WebSocket-Protocol"), "mqttv3.1");
}

TEST_F(MqttUpgrade, RefusesWhatIsNoWebSocketOfMqtt) {
  for (const auto& [name, value] :
       net::HttpHeaders{{"Upgrade", "h2c"}, {"Connection", "close"}, {"Sec-WebSocket-Version", "8"}}) {
    const auto refused = accept({{name, value}});
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().exception.status, 426) << name;
  }
  for (const auto& [name, value] : net::HttpHeaders{{"Sec-WebSocket-Key", "c2hvcnQ="},
                                                    {"Sec-WebSocket-Key", "not base64 at all"},
                                                    {"Sec-WebSocket-Protocol", "wamp"}}) {
    const auto refused = accept({{name, value}});
    ASSERT_FALSE(refused) << value;
    EXPECT_EQ(refused.error().exception.status, 400) << value;
    EXPECT_NE(refused.error().message.find(name), std::string::npos);
  }
}

TEST_F(MqttUpgrade, AnAccountsEndpointIsForItsOwnKeys) {
  EXPECT_TRUE(accept({{"Host", "Prefix-vendor-ats.iot.localhost:8443"}}));
  const auto refused = accept({{"Host", "prefix-other-ats.iot.localhost"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().exception.status, 403);
}

TEST_F(MqttUpgrade, BringsTheGatewayTheKeysAccount) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  door_.let_in(ends[1]);
  ::close(ends[0]);  // the gateway hangs up at once, so that the answer ends
  const Answer answer = send_upgrade(request(vendor_key_));
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(net::find_header(answer.headers, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  ASSERT_EQ(door_.came().size(), 1u);
  EXPECT_EQ(door_.came()[0].account_id, kVendor);
  EXPECT_EQ(door_.came()[0].access_key_id, vendor_key_.access_key_id);
  EXPECT_EQ(door_.came()[0].peer_address, "127.0.0.1");
}

TEST_F(MqttUpgrade, NobodyGetsThroughWithoutASignatureARoleAndTheServicesScope) {
  net::HttpRequest unsigned_request = request(vendor_key_);
  std::erase_if(unsigned_request.headers, [](const auto& header) { return header.first == "Authorization"; });
  EXPECT_EQ(send(unsigned_request).exception(), "MissingAuthenticationTokenException");
  crypto::Credentials wrong = vendor_key_;
  wrong.secret_access_key = "wrong";
  EXPECT_EQ(send(request(wrong)).exception(), "InvalidSignatureException");
  EXPECT_EQ(send(request(vendor_key_, {}, "iot")).exception(), "InvalidSignatureException");
  for (const auto role : {cloud::Role::read_only, cloud::Role::claim_only}) {
    const auto key = add_key(kVendor, "AKIAROLEROLEROLEROL" + std::to_string(static_cast<int>(role)), role);
    EXPECT_EQ(send(request(key)).exception(), "AccessDeniedException");
  }
  EXPECT_TRUE(door_.came().empty());
}

TEST_F(MqttUpgrade, TellsHowToUpgradeAndThatTheGatewayIsAway) {
  const Answer answer = send(request(vendor_key_, {}, "iotdevicegateway", "POST"));
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(net::find_header(answer.headers, "Upgrade"), "websocket");
  EXPECT_EQ(send_upgrade(request(vendor_key_)).status, 503);
}

}  // namespace
}  // namespace xl::api::test
