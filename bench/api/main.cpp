// SPDX-License-Identifier: Apache-2.0
// Signed calls of the control plane from many clients at once; prints JSON: {"requests", "seconds", "failed"}.
//   bench_api PORT OPERATION REQUESTS CLIENTS FIRST     keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
// OPERATION: create (things t<FIRST> and on), describe and list (things t0 to t<FIRST - 1> are there), register.
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "connection.hpp"
#include "crypto/sigv4.hpp"
#include "pki/authority.hpp"

namespace xl::bench {
namespace {

struct Call {
  std::string method;
  std::string target;
  std::string body = {};
};
/// The call by its number, the same whoever makes it.
using Calls = std::function<Call(std::size_t number)>;

/// Of nine characters, whose base64 needs no padding.
std::string thing_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "t" + std::string(8 - digits.size(), '0') + digits;
}

/// Steps through `count` in an order that no cache foresees.
std::size_t scattered(std::size_t number, std::size_t count) { return number * 7'919 % count; }

/// Made before the clock starts: signing certificates is not what is measured.
std::vector<std::string> certificates(std::size_t first, std::size_t count) {
  const auto ca = pki::create_root_ca("Bench " + std::to_string(first), "Bench", 10, wall_now());
  const auto key = pki::PrivateKey::generate_p256();
  std::vector<std::string> pems;
  for (std::size_t i = 0; ca && i < count; ++i) {
    const auto leaf = pki::issue_server_certificate(*ca, key, {"device" + std::to_string(i)}, 30, wall_now());
    if (leaf) pems.push_back(leaf->facts().pem);
  }
  return pems;
}

Calls calls_of(std::string_view operation, std::size_t requests, std::size_t first) {
  if (operation == "create")
    return [=](std::size_t n) { return Call{"POST", "/things/" + thing_name(first + n), "{}"}; };
  if (operation == "describe")
    return [=](std::size_t n) { return Call{"GET", "/things/" + thing_name(scattered(n, first))}; };
  if (operation == "list") {
    return [=](std::size_t n) {
      return Call{"GET", "/things?maxResults=25&nextToken=" + base64_encode(as_bytes(thing_name(scattered(n, first))))};
    };
  }
  if (operation != "register") return {};
  return [pems = certificates(first, requests)](std::size_t n) {
    return Call{"POST", "/certificate/register-no-ca",
                boost::json::serialize(boost::json::object{{"certificatePem", pems.at(n)}, {"status", "ACTIVE"}})};
  };
}

std::string on_the_wire(const Call& call, const crypto::Credentials& key, const std::string& host) {
  crypto::SignedRequest request{call.method, call.target, {{"Host", host}}, call.body};
  crypto::sign_v4(request, key, "us-east-1", "iot", wall_now());
  std::string text = call.method + " " + call.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\r\n");
  return text + "Content-Length: " + std::to_string(call.body.size()) + "\r\n\r\n" + call.body;
}

struct Run {
  std::uint16_t port = 0;
  std::size_t requests = 0;
  Calls calls = {};
  crypto::Credentials key = {};
  std::atomic<std::size_t> next = 0, failed = 0;

  void be_a_client() {
    Connection connection(port);
    const std::string host = "127.0.0.1:" + std::to_string(port);
    for (std::size_t number = next++; number < requests; number = next++) {
      if (connection.exchange(on_the_wire(calls(number), key, host)) == 200) continue;
      ++failed;
      return;  // whatever it was, there is nothing to be measured any more
    }
  }
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int run(const std::vector<std::string>& words) {
  const std::size_t clients = std::stoul(words[4]), first = std::stoul(words[5]);
  Run run;
  run.port = static_cast<std::uint16_t>(std::stoul(words[1]));
  run.requests = std::stoul(words[3]);
  run.calls = calls_of(words[2], run.requests, first);
  run.key = {environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"), ""};
  if (!run.calls) return 2;
  const auto began = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i) threads.emplace_back([&run] { run.be_a_client(); });
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
  std::printf("{\"requests\": %zu, \"seconds\": %.4f, \"failed\": %zu}\n", run.requests, seconds.count(),
              run.failed.load());
  return run.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace xl::bench

int main(int argc, char** argv) {
  if (argc == 6) return xl::bench::run({argv, argv + argc});
  std::fprintf(stderr, "bench_api PORT create|describe|list|register REQUESTS CLIENTS FIRST\n");
  return 2;
}
