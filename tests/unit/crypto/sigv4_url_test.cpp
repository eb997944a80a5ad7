// SPDX-License-Identifier: Apache-2.0
// Presigned URLs, and AWS's published vectors of the canonical forms.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/sigv4.hpp"
#include "crypto/sigv4_canonical.hpp"

namespace xl::crypto {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// source: AWS "Signature Version 4 test suite": example.amazonaws.com, 20150830T123600Z, us-east-1, "service"
std::string signature_of_suite(const std::string& method, const std::string& target) {
  const SignedRequest request{
      method, target, {{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}}, ""};
  const sigv4::Names names{"host", "x-amz-date"};
  const std::string canonical =
      sigv4::canonical_request(request, sigv4::canonical_query(sigv4::query_pairs(target)),
                               sigv4::canonical_headers(request.headers, names).value_or(""), names, sha256_hex(""));
  return sigv4::signature_of(canonical, "20150830T123600Z", {"20150830", "us-east-1", "service"}, kSecret);
}

TEST(SigV4Suite, SignsTheVectorsOfAws) {
  const std::string vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
  EXPECT_EQ(signature_of_suite("GET", "/"), vanilla);
  // get-relative, get-relative-relative, get-slash, get-slash-dot-slash: all are "/"
  for (const auto* target : {"/example/..", "/example1/example2/../..", "//", "/./"})
    EXPECT_EQ(signature_of_suite("GET", target), vanilla) << target;
  EXPECT_EQ(signature_of_suite("GET", "/?Param2=value2&Param1=value1"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  EXPECT_EQ(signature_of_suite("GET", "/\xe1\x88\xb4"),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
  EXPECT_EQ(signature_of_suite("POST", "/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(SigV4Suite, FoldsWhiteSpaceInHeaderValues) {
  EXPECT_EQ(sigv4::canonical_headers({{"My-Header", " a  \t b\t"}, {"my-header", "c"}}, {"my-header"}),
            "my-header:a b,c\n");
}

TEST(NormalizedPath, LosesDotSegmentsAndEmptyOnes) {
  EXPECT_EQ(normalized_path("/a/./b//c/../d"), "/a/b/d");
  EXPECT_EQ(normalized_path("/a/b/"), "/a/b/");
  EXPECT_EQ(normalized_path("/../../a"), "/a");
  EXPECT_EQ(normalized_path(""), "/");
  EXPECT_EQ(normalized_path("/things/%2E%2E/a%2Fb"), "/things/%2E%2E/a%2Fb") << "decoding comes later";
}

/// A URL made by botocore for the key AKIDEXAMPLE with a session token that is not signed.
class PresignedUrl : public testing::Test {
 protected:
  static constexpr std::string_view kUrl =
      "/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fiotdevicegateway"
      "%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "0676621a5f901ce0aff3d88c09adda309fedddc4c176ebaa153cb66cb32eb0b3&X-Amz-Security-Token=TOKEN%2FEXAMPLE%2B1%3D%3D";
  const UnixMillis now_ = std::chrono::sys_days{std::chrono::year(2026) / 1 / 2} + std::chrono::hours(3) +
                          std::chrono::minutes(4) + std::chrono::seconds(5);
  SignedRequest request_{"GET", std::string(kUrl), {{"Host", "abc-ats.iot.us-east-1.amazonaws.com"}}, ""};
  SigV4Fault token_fault_ = SigV4Fault::unknown_key;

  tl::expected<SigV4Identity, SigV4Rejection> verify(std::chrono::seconds later = {}) {
    return verify_v4(
        request_,
        [this](std::string_view id, std::string_view token) -> tl::expected<std::string, SigV4Fault> {
          if (id == "AKIDEXAMPLE" && token == "TOKEN/EXAMPLE+1==") return std::string(kSecret);
          return tl::unexpected<SigV4Fault>(token_fault_);
        },
        now_ + later);
  }
  SigV4Fault fault(std::chrono::seconds later = {}) {
    const auto identity = verify(later);
    EXPECT_FALSE(identity);
    return identity ? SigV4Fault::not_yet_valid : identity.error().fault;
  }
  void replace(std::string_view from, std::string_view to) {
    request_.target = kUrl;
    request_.target.replace(request_.target.find(from), from.size(), to);
  }
};

TEST_F(PresignedUrl, IsAcceptedWithItsTokenOutsideTheSignature) {
  const auto identity = verify();
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->service, "iotdevicegateway");
  EXPECT_EQ(identity->access_key_id, "AKIDEXAMPLE");
}

TEST_F(PresignedUrl, IsGoodForFiveMinutes) {
  EXPECT_TRUE(verify(std::chrono::seconds(300)));
  EXPECT_EQ(fault(std::chrono::seconds(301)), SigV4Fault::expired);
  EXPECT_TRUE(verify(std::chrono::minutes(-15)));
  EXPECT_EQ(fault(std::chrono::minutes(-16)), SigV4Fault::not_yet_valid);
}

TEST_F(PresignedUrl, AHostWithAPortIsTriedWithoutIt) {
  request_.headers[0].second += ":8443";
  EXPECT_TRUE(verify());
  request_.headers[0].second = "abd-ats.iot.us-east-1.amazonaws.com:8443";
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(PresignedUrl, RefusesAnotherToken) {
  replace("TOKEN%2F", "TOKEN%2E");
  EXPECT_EQ(fault(), SigV4Fault::unknown_key);
  token_fault_ = SigV4Fault::expired_token;
  EXPECT_EQ(fault(), SigV4Fault::expired_token);
}

TEST_F(PresignedUrl, RefusesWhatIsNotWhole) {
  for (const auto* name :
       {"X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Algorithm"}) {
    replace(name, "X-Other");
    EXPECT_EQ(fault(), SigV4Fault::incomplete_signature) << name;
  }
  for (const auto* life : {"0", "-1", "604801", "5m", ""}) {
    replace("X-Amz-Expires=300", std::string("X-Amz-Expires=") + life);
    EXPECT_EQ(fault(), SigV4Fault::incomplete_signature) << life;
  }
}

TEST_F(PresignedUrl, RefusesAStretchedLife) {
  replace("X-Amz-Expires=300", "X-Amz-Expires=600");
  EXPECT_EQ(fault(), SigV4Fault::bad_signature);
}

TEST_F(PresignedUrl, RefusesWhatIsSaidTwice) {
  request_.target += "&x-amz-expires=300";
  EXPECT_EQ(fault(), SigV4Fault::incomplete_signature);
  request_.target = kUrl;
  request_.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c");
  EXPECT_EQ(fault(), SigV4Fault::incomplete_signature);
}

TEST_F(PresignedUrl, SurvivesBeingCutAnywhere) {
  const std::size_t end = kUrl.find("&X-Amz-Security-Token");
  for (std::size_t cut = 0; cut < end; ++cut) {
    request_.target = kUrl.substr(0, cut);
    EXPECT_FALSE(verify()) << cut;
  }
}

TEST(SigV4Date, TheDateHeaderServesWhereXAmzDateIsMissing) {
  SignedRequest request{"GET", "/things", {{"Host", "h"}, {"Date", "Fri, 02 Jan 2026 03:04:05 GMT"}}, ""};
  const sigv4::Names names{"date", "host"};
  const std::string canonical = sigv4::canonical_request(
      request, "", sigv4::canonical_headers(request.headers, names).value_or(""), names, sha256_hex(""));
  const sigv4::Scope scope{"20260102", "us-east-1", "iot"};
  request.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=K/" + scope.text() +
                                                    ",SignedHeaders=date;host,Signature=" +
                                                    sigv4::signature_of(canonical, "20260102T030405Z", scope, "s"));
  const auto verify = [&] {
    return verify_v4(
        request, [](std::string_view, std::string_view) -> tl::expected<std::string, SigV4Fault> { return "s"; },
        std::chrono::sys_days{std::chrono::year(2026) / 1 / 2} + std::chrono::hours(3));
  };
  EXPECT_TRUE(verify());
  request.headers[1].second = "Fri, 02 Jan 9927 03:04:05 GMT";  // beyond what a clock of nanoseconds can tell
  EXPECT_FALSE(verify());
  request.headers[1].second = "yesterday";
  EXPECT_EQ(verify().error().fault, SigV4Fault::incomplete_signature);
}

}  // namespace
}  // namespace xl::crypto
