// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "console/console.hpp"
#include "unit/console/fakes.hpp"

namespace xl::console::test {

inline constexpr std::string_view kAccount = "123456789012";
inline const std::string kThing(40, 'a');
inline constexpr std::string_view kSecret = "right";

/// A console with a web root of its own, behind a real server on loopback. kThing may be viewed with kSecret.
class ConsoleSite {
 public:
  ConsoleSite();
  ~ConsoleSite();
  ConsoleSite(const ConsoleSite&) = delete;
  ConsoleSite& operator=(const ConsoleSite&) = delete;

  net::HttpResponse call(net::HttpRequest request) const;
  net::HttpResponse get(const std::string& target, net::HttpHeaders headers = {}) const;
  net::HttpResponse post(const std::string& target, std::string json, net::HttpHeaders headers = {}) const;
  /// Signs in to `thing`; the Cookie header's value.
  std::string sign_in(const std::string& thing = kThing, std::string_view secret = kSecret) const;
  void grant(const std::string& thing, std::string_view secret, std::chrono::hours lifetime = std::chrono::hours(24));
  std::uint16_t port() const { return server_->listeners().front().port; }

  std::filesystem::path root;
  FakeStore store;
  FakeBus bus;
  FakePresence presence;
  std::unique_ptr<Console> console;

 private:
  std::unique_ptr<net::HttpServer> server_;
};

/// A browser's EventSource, reduced to its socket.
class Listener {
 public:
  Listener(const ConsoleSite& site, const std::string& target, const std::string& cookie);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string head();   ///< up to the empty line
  std::string event();  ///< the next event, comments skipped; empty at the end

 private:
  std::string read_until(std::string_view mark);
  int fd_;
  std::string inbox_;
};

std::string header_of(const net::HttpResponse& response, std::string_view name);
bool eventually(const std::function<bool()>& condition);

}  // namespace xl::console::test
