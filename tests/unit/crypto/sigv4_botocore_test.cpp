// SPDX-License-Identifier: Apache-2.0
// Property: what Debian's botocore signs, by header or by URL, is accepted, and no longer so when one thing is changed.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <random>

#include "base/text.hpp"
#include "crypto/sigv4.hpp"

namespace xl::crypto {
namespace {

constexpr int kRequests = 400;

tl::expected<std::string, SigV4Fault> secret_of(std::string_view id, std::string_view token) {
  if (id == "AKIDEXAMPLE" && (token.empty() || token == "TOKEN/EXAMPLE+1=="))
    return "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  return tl::unexpected<SigV4Fault>(SigV4Fault::unknown_key);
}

struct Sent {
  std::string body;
  SignedRequest request;
};

Sent read_line(std::string_view line) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(line, ' '))
    parts.push_back(part == "=" ? "" : base64_decode(part).value_or("?"));
  Sent sent{parts.at(2), {parts.at(0), parts.at(1), {}, {}}};
  for (std::size_t i = 3; i + 1 < parts.size(); i += 2) sent.request.headers.emplace_back(parts[i], parts[i + 1]);
  return sent;
}

std::string botocore(unsigned seed) {
  const std::string command =
      "/usr/bin/python3 " XL_BOTOCORE_REQUESTS " " + std::to_string(seed) + " " + std::to_string(kRequests);
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> chunk{};
  while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe)) out.append(chunk.data(), count);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

std::string show(const SignedRequest& request) {
  std::string out = request.method + " " + request.target;
  for (const auto& [name, value] : request.headers) out.append("\n").append(name).append(": ").append(value);
  return out;
}

/// Changes that leave the request well-formed, so that only the signature can tell.
void expect_bound(const Sent& sent) {
  const auto fault = [&](const SignedRequest& changed) {
    const auto identity = verify_v4(changed, secret_of, wall_now());
    EXPECT_FALSE(identity) << show(changed);
    return identity ? SigV4Fault::expired : identity.error().fault;
  };
  SignedRequest changed = sent.request;
  changed.method = changed.method == "GET" ? "DELETE" : "GET";
  EXPECT_EQ(fault(changed), SigV4Fault::bad_signature);
  changed = sent.request;
  changed.target.insert(std::min(changed.target.find('?'), changed.target.size()), "/x");
  EXPECT_EQ(fault(changed), SigV4Fault::bad_signature);
  changed = sent.request;
  changed.target += changed.target.find('?') == std::string::npos ? "?more" : "&more";
  EXPECT_EQ(fault(changed), SigV4Fault::bad_signature);
  changed = sent.request;
  changed.body = "another body";
  EXPECT_EQ(fault(changed), SigV4Fault::bad_signature);
}

TEST(SigV4OfBotocore, IsAcceptedAndBindsEverything) {
  const unsigned seed = std::random_device{}();
  const std::string out = botocore(seed);
  int count = 0;
  for (const std::string_view line : split(trim(out), '\n')) {
    Sent sent = read_line(line);
    sent.request.body = sent.body;
    const auto identity = verify_v4(sent.request, secret_of, wall_now());
    ASSERT_TRUE(identity) << "seed " << seed << ": " << identity.error().message << "\n" << show(sent.request);
    expect_bound(sent);
    ++count;
  }
  EXPECT_EQ(count, kRequests) << "seed " << seed;
}

}  // namespace
}  // namespace xl::crypto
