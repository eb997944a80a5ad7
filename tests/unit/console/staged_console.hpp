// SPDX-License-Identifier: Apache-2.0
// A console over a real registry with one staged module, called without a network between.
#pragma once
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "console/console.hpp"
#include "unit/cloud/staged_module.hpp"
#include "unit/console/fakes.hpp"

namespace xl::console::test {

/// The events of a page that is open.
class RecordedStream final : public net::EventStream {
 public:
  bool send(std::string_view event, std::string_view data) override {
    const std::scoped_lock lock(mutex_);
    events_.emplace_back(event, data);
    return true;
  }
  void close() override { closed = true; }
  void on_close(std::function<void()>) override {}
  std::vector<std::string> data_of(std::string_view event) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, data] : events_)
      if (name == event) out.push_back(data);
    return out;
  }
  std::atomic<bool> closed = false;

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::string>> events_;
};

struct Recorder final : net::HttpResponder {
  std::promise<net::HttpResponse> answer;
  std::shared_ptr<RecordedStream> stream = std::make_shared<RecordedStream>();
  void respond(net::HttpResponse response) override { answer.set_value(std::move(response)); }
  std::shared_ptr<net::EventStream> start_event_stream(net::HttpHeaders headers) override {
    answer.set_value({200, std::move(headers), {}});
    return stream;
  }
  void switch_protocols(net::HttpHeaders, int) override { answer.set_value({500, {}, "pages speak HTTP"}); }
};

class StagedConsole {
 public:
  StagedConsole() {
    ConsoleOptions options;
    options.web_root = "/nowhere";
    options.onboarding = module.settings();
    options.onboarding.session_of = [this](std::string_view account, std::string_view) {
      return account == staging_account && presence.is_connected(account, "") ? std::string("session") : std::string();
    };
    options.authenticate = [this](const net::HttpRequest& request, const cloud::Registry& registry) {
      return authenticate(request, registry);
    };
    presence.set(false);
    console = make_console(std::move(options), *module.store, bus, presence);
  }

  net::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = "",
                         const std::string& cookie = "", const std::string& from = "192.0.2.1") {
    net::HttpRequest request{method, target, {{"Content-Type", "application/json"}}, body, from};
    if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
    const auto recorder = std::make_shared<Recorder>();
    last_stream = recorder->stream;
    console->handle(std::move(request), recorder);
    return recorder->answer.get_future().get();
  }
  void write(const cloud::RegistryStore::Work& work) { EXPECT_TRUE(module.store->write(work)); }
  void insert_key(const cloud::Account& account, const std::string& id, cloud::Role role) {
    write([&](cloud::Registry& registry) {
      return registry.accounts().insert_access_key({id, account.id, role, "sealed", true, module.now});
    });
  }

  cloud::test::StagedModule module;
  const std::string staging_account = module.vendor.id;
  FakeBus bus;
  FakePresence presence;
  std::shared_ptr<RecordedStream> last_stream;
  std::unique_ptr<Console> console;

 private:
  /// In place of the signature: the key's id in Authorization.
  Result<Operator> authenticate(const net::HttpRequest& request, const cloud::Registry& registry) const {
    const auto key = registry.accounts().find_access_key(request.header("Authorization").value_or(request.body));
    if (!key || !key->is_active) return fail(Error::forbidden("The security token is not valid."));
    return Operator{*registry.accounts().find(key->account_id), key->id, key->role};
  }
};

}  // namespace xl::console::test
