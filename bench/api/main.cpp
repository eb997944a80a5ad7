// SPDX-License-Identifier: Apache-2.0
// Signed calls of the control plane from many clients at once; prints JSON: {"requests", "seconds", "failed"}.
//   bench_api PORT OPERATION REQUESTS CLIENTS FIRST     keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
// OPERATION: create (things t<FIRST> and on), describe and list (things t0 to t<FIRST - 1> are there), register (a
// certificate), provision (things t<FIRST> and on by RegisterThing, with the template and the signing request of
// TEMPLATE and SIGNING_REQUEST), transfer (a certificate to the account OTHER_ACCOUNT, which accepts it with the key
// OTHER_ACCESS_KEY_ID, OTHER_SECRET_ACCESS_KEY; a request is both calls), claim (modules, by the labels of the file
// LABELS from line FIRST on).
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
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
  bool is_others = false;  ///< made with the other account's key
};
/// The calls of a request by its number, the same whoever makes them.
using Calls = std::function<std::vector<Call>(std::size_t number)>;

struct Plan {
  Calls calls = {};
  Calls before = {};  ///< made before the clock starts
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Of nine characters, whose base64 needs no padding.
std::string thing_name(std::size_t number) {
  const std::string digits = std::to_string(number);
  return "t" + std::string(8 - digits.size(), '0') + digits;
}

/// Steps through `count` in an order that no cache foresees.
std::size_t scattered(std::size_t number, std::size_t count) { return number * 7'919 % count; }

/// Made before the clock starts: signing certificates is not what is measured.
std::vector<pki::CertificateFacts> certificates(std::size_t first, std::size_t count) {
  const auto ca = pki::create_root_ca("Bench " + std::to_string(first), "Bench", 10, wall_now());
  const auto key = pki::PrivateKey::generate_p256();
  std::vector<pki::CertificateFacts> out;
  for (std::size_t i = 0; ca && i < count; ++i) {
    const auto leaf = pki::issue_server_certificate(*ca, key, {"device" + std::to_string(i)}, 30, wall_now());
    if (leaf) out.push_back(leaf->facts());
  }
  return out;
}

std::string json_of(const boost::json::object& object) { return boost::json::serialize(object); }

Call registration(const pki::CertificateFacts& certificate, const char* status) {
  return {"POST", "/certificate/register-no-ca", json_of({{"certificatePem", certificate.pem}, {"status", status}})};
}

Plan plan_of_certificates(std::string_view operation, std::size_t requests, std::size_t first) {
  const auto all = std::make_shared<const std::vector<pki::CertificateFacts>>(certificates(first, requests));
  if (operation == "register")
    return {[all](std::size_t n) { return std::vector{registration(all->at(n), "ACTIVE")}; }};
  const auto transfer = [all, to = environment("OTHER_ACCOUNT")](std::size_t n) {
    const std::string& id = all->at(n).fingerprint;
    return std::vector{Call{"PATCH", "/transfer-certificate/" + id + "?targetAwsAccount=" + to, "{}"},
                       Call{"PATCH", "/accept-certificate-transfer/" + id + "?setAsActive=true", "", true}};
  };
  return {transfer, [all](std::size_t n) { return std::vector{registration(all->at(n), "INACTIVE")}; }};
}

Plan plan_of_claims(std::size_t first) {
  std::ifstream file(environment("LABELS"));
  const auto labels = std::make_shared<std::vector<std::string>>();
  for (std::string line; std::getline(file, line);) labels->push_back(line);
  return {[labels, first](std::size_t n) {
    return std::vector{Call{"POST", "/claims", json_of({{"label", labels->at(first + n)}})}};
  }};
}

Plan plan_of(std::string_view operation, std::size_t requests, std::size_t first) {
  if (operation == "register" || operation == "transfer") return plan_of_certificates(operation, requests, first);
  if (operation == "claim") return plan_of_claims(first);
  if (operation == "create")
    return {[=](std::size_t n) { return std::vector{Call{"POST", "/things/" + thing_name(first + n), "{}"}}; }};
  if (operation == "describe")
    return {[=](std::size_t n) { return std::vector{Call{"GET", "/things/" + thing_name(scattered(n, first))}}; }};
  if (operation == "list") {
    return {[=](std::size_t n) {
      const std::string after = base64_encode(as_bytes(thing_name(scattered(n, first))));
      return std::vector{Call{"GET", "/things?maxResults=25&nextToken=" + after}};
    }};
  }
  if (operation != "provision") return {};
  return {[first, form = environment("TEMPLATE"), request = environment("SIGNING_REQUEST")](std::size_t n) {
    const boost::json::object parameters{{"Name", thing_name(first + n)}, {"Request", request}};
    return std::vector{Call{"POST", "/things", json_of({{"templateBody", form}, {"parameters", parameters}})}};
  }};
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
  crypto::Credentials key = {}, others = {};
  std::atomic<std::size_t> next = 0, failed = 0;

  /// Seconds.
  double make(const Calls& calls, std::size_t clients) {
    next = 0;
    const auto began = std::chrono::steady_clock::now();
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < clients; ++i) threads.emplace_back([this, &calls] { be_a_client(calls); });
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }

 private:
  void be_a_client(const Calls& calls) {
    Connection connection(port);
    const std::string host = "127.0.0.1:" + std::to_string(port);
    for (std::size_t number = next++; number < requests && failed == 0; number = next++) {
      for (const Call& call : calls(number)) {
        // Whatever it was, there is nothing to be measured any more.
        if (connection.exchange(on_the_wire(call, call.is_others ? others : key, host)) != 200) ++failed;
      }
    }
  }
};

int run(const std::vector<std::string>& words) {
  const std::size_t clients = std::stoul(words[4]), first = std::stoul(words[5]);
  Run run;
  run.port = static_cast<std::uint16_t>(std::stoul(words[1]));
  run.requests = std::stoul(words[3]);
  run.key = {environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"), ""};
  run.others = {environment("OTHER_ACCESS_KEY_ID"), environment("OTHER_SECRET_ACCESS_KEY"), ""};
  const Plan plan = plan_of(words[2], run.requests, first);
  if (!plan.calls) return 2;
  if (plan.before) run.make(plan.before, clients);
  const double seconds = run.make(plan.calls, clients);
  std::printf("{\"requests\": %zu, \"seconds\": %.4f, \"failed\": %zu}\n", run.requests, seconds, run.failed.load());
  return run.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace xl::bench

int main(int argc, char** argv) {
  if (argc == 6) return xl::bench::run({argv, argv + argc});
  std::fprintf(stderr,
               "bench_api PORT create|describe|list|register|provision|transfer|claim REQUESTS CLIENTS FIRST\n");
  return 2;
}
