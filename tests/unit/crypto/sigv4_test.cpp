// SPDX-License-Identifier: Apache-2.0
// The vectors were made with botocore for the key id, secret and time below.
#include "crypto/sigv4.hpp"

#include <gtest/gtest.h>

namespace xl::crypto {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const std::string kToken = "TOKEN/EXAMPLE+1==";
const UnixMillis kNow = std::chrono::sys_days{std::chrono::year(2026) / 1 / 2} + std::chrono::hours(3) +
                        std::chrono::minutes(4) + std::chrono::seconds(5);

tl::expected<std::string, SigV4Fault> secret_of(std::string_view id, std::string_view token) {
  if (id == "AKIDEXAMPLE" && (token.empty() || token == kToken)) return std::string(kSecret);
  return tl::unexpected<SigV4Fault>(SigV4Fault::unknown_key);
}

struct Vector {
  const char* method;
  const char* target;
  std::vector<std::pair<std::string, std::string>> headers;
  const char* body;
  const char* service;
  bool with_token;
  const char* signature;
};

std::vector<Vector> vectors() {
  const std::string certificate = std::string(64, 'a');
  return {
      {"GET",
       "/endpoint?endpointType=iot%3AData-ATS",
       {},
       "",
       "iot",
       false,
       "17deedf74b0ff5a99f69f166d5b2b91d8e4f6adc8de2767dff3de682a2006f4f"},
      {"PUT",
       "/things/t1/principals",
       {{"x-amzn-principal", "arn:aws:iot:us-east-1:123456789012:cert/" + certificate}},
       "",
       "execute-api",
       false,
       "bceed7c3072ce4a774eff4387a987a33b80aff811f6045d91fc2e2fea3356475"},
      {"POST",
       "/topics/a%2Fb%20c%2F%24x%2B%C3%A9?qos=1&retain=false",
       {},
       "x",
       "iotdata",
       true,
       "3db47991de5cf8c26d84b737deb740c27ab7e89b873f4a2b97227c3edbdf55d5"},
      {"PATCH", "", {}, "", "iot", true, "8c9ef08aca020bd33b84fbc8b7cc130e59554a93fc79cc005e1d342d2b3de434"},
      {"POST",
       "/cacertificate?setAsActive=true&allowAutoRegistration=true",
       {{"Content-Type", "application/json"}},
       R"({"caCertificate": "PEM", "certificateMode": "SNI_ONLY"})",
       "iot",
       true,
       "4995e2887b9acc4834f4e80103d18d717c974200f458115883fad2d7d3799308"},
  };
}

SignedRequest signed_request(const Vector& vector) {
  SignedRequest request{vector.method, vector.target, vector.headers, vector.body};
  request.headers.emplace_back("Host", "127.0.0.1:8099");
  sign_v4(request, {"AKIDEXAMPLE", std::string(kSecret), vector.with_token ? kToken : ""}, "us-east-1", vector.service,
          kNow);
  return request;
}

std::string& authorization_of(SignedRequest& request) { return request.headers.back().second; }

TEST(SigV4, SignsAsBotocoreDoes) {
  // The target of the fourth vector is built at run time; keep its storage alive beside the table.
  const std::string accept = "/accept-certificate-transfer/" + std::string(64, 'a') + "?setAsActive=true";
  auto all = vectors();
  all[3].target = accept.c_str();
  for (const Vector& vector : all) {
    SignedRequest request = signed_request(vector);
    EXPECT_TRUE(authorization_of(request).ends_with(std::string("Signature=") + vector.signature)) << vector.target;
    const auto identity = verify_v4(request, secret_of, kNow);
    ASSERT_TRUE(identity) << identity.error().message;
    EXPECT_EQ(identity->service, vector.service);
    EXPECT_EQ(identity->access_key_id, "AKIDEXAMPLE");
  }
}

class Verification : public testing::Test {
 protected:
  SignedRequest request_ = signed_request(vectors()[4]);
  SigV4Fault fault(UnixMillis now = kNow) {
    const auto identity = verify_v4(request_, secret_of, now);
    EXPECT_FALSE(identity);
    return identity ? SigV4Fault::missing_authentication : identity.error().fault;
  }
};

TEST_F(Verification, RefusesAChangedBody) {
  request_.body = "{}";
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(Verification, RefusesAChangedPathQueryMethodAndSignedHeader) {
  const SignedRequest good = request_;
  request_.target = "/cacertificate?setAsActive=false&allowAutoRegistration=true";
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
  request_ = good;
  request_.method = "PUT";
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
  request_ = good;
  for (auto& [name, value] : request_.headers) {
    if (name == "Host") value = "127.0.0.1:9999";
  }
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(Verification, AcceptsAFoldedSpaceAndARepeatedOrderOfTheQuery) {
  request_.target = "/cacertificate?allowAutoRegistration=true&setAsActive=true";
  EXPECT_TRUE(verify_v4(request_, secret_of, kNow));
}

TEST_F(Verification, KeepsAWindowOfFifteenMinutes) {
  EXPECT_TRUE(verify_v4(request_, secret_of, kNow + std::chrono::minutes(15)));
  EXPECT_TRUE(verify_v4(request_, secret_of, kNow - std::chrono::minutes(15)));
  EXPECT_EQ(fault(kNow + std::chrono::minutes(16)), SigV4Fault::expired);
  EXPECT_EQ(fault(kNow - std::chrono::minutes(16)), SigV4Fault::not_yet_valid);
}

TEST_F(Verification, TellsAMissingAnIncompleteAndAnUnknownOneApart) {
  authorization_of(request_) = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/iot/aws4_request";
  EXPECT_EQ(fault(), SigV4Fault::incomplete_signature);
  request_.headers.pop_back();
  EXPECT_EQ(fault(), SigV4Fault::missing_authentication);
  SignedRequest other{"GET", "/things", {{"Host", "h"}}, ""};
  sign_v4(other, {"AKIDOTHER", "x", ""}, "us-east-1", "iot", kNow);
  request_ = other;
  EXPECT_EQ(fault(), SigV4Fault::unknown_key);
}

TEST_F(Verification, RefusesBrokenAuthorizationHeadersWithoutHarm) {
  const std::string good = authorization_of(request_);
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    authorization_of(request_) = good.substr(0, cut);
    EXPECT_FALSE(verify_v4(request_, secret_of, kNow)) << cut;
  }
}

TEST_F(Verification, RefusesAnUnsignedHost) {
  auto& header = authorization_of(request_);
  header.replace(header.find("content-type;host;"), 18, "content-type;");
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(Verification, RefusesAnAmzHeaderThatIsNotSigned) {
  request_.headers.emplace_back("X-Amzn-Trace-Id", "Root=1");
  EXPECT_TRUE(verify_v4(request_, secret_of, kNow)) << "proxies add it, signers leave it out";
  request_.headers.emplace_back("x-amzn-principal", "arn:aws:iot:us-east-1:123456789012:cert/b");
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(Verification, RefusesAHeaderThatIsSignedTwiceAndTooManyOfThem) {
  auto& header = authorization_of(request_);
  const std::string good = header;
  header.replace(header.find("host;"), 5, "host;host;");
  EXPECT_EQ(fault(), SigV4Fault::incomplete_signature);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "h" + std::to_string(i) + ";";
  authorization_of(request_) = std::string(good).replace(good.find("host;"), 5, many + "host;");
  EXPECT_EQ(fault(), SigV4Fault::incomplete_signature);
}

TEST_F(Verification, ReadsAnAuthorizationWithoutSpacesAfterTheCommas) {
  auto& header = authorization_of(request_);
  for (std::size_t at; (at = header.find(", ")) != std::string::npos;) header.erase(at + 1, 1);
  EXPECT_TRUE(verify_v4(request_, secret_of, kNow));
}

TEST_F(Verification, RefusesAnotherScope) {
  const std::string good = authorization_of(request_);
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    authorization_of(request_) = text.replace(text.find(from), from.size(), to);
    return fault();
  };
  EXPECT_EQ(with("/20260102/", "/20260103/"), SigV4Fault::bad_signature);
  EXPECT_EQ(with("/us-east-1/", "/eu-west-1/"), SigV4Fault::bad_signature);
  EXPECT_EQ(with("/iot/", "/iotdata/"), SigV4Fault::bad_signature);
  EXPECT_EQ(with("/iot/", "/s3/"), SigV4Fault::bad_signature);
}

}  // namespace
}  // namespace xl::crypto
