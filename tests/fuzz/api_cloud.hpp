// SPDX-License-Identifier: Apache-2.0
// The API over a real registry that forgets every change, so that inputs do not depend on each other.
#pragma once
#include <stdlib.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "api/api.hpp"
#include "base/log.hpp"
#include "crypto/sigv4.hpp"
#include "fuzz/fuzz.hpp"
#include "store/sqlite_store.hpp"

namespace xl::fuzz {

class ForgetfulStore final : public cloud::RegistryStore {
 public:
  explicit ForgetfulStore(std::unique_ptr<cloud::RegistryStore> store) : store_(std::move(store)) {}
  Result<std::unique_ptr<const cloud::Registry>> open_view() override { return store_->open_view(); }
  void submit(Work work, Done done, Urgency urgency) override {
    const auto status = std::make_shared<Status>();
    store_->submit(
        [work = std::move(work), status](cloud::Registry& registry) -> Status {
          *status = work(registry);
          return fail(Error::conflict("forgotten"));
        },
        [done = std::move(done), status](const Status&) { done(*status); }, urgency);
  }
  void watch_changes(std::function<void()> watcher) override { store_->watch_changes(std::move(watcher)); }
  cloud::RegistryStore& real() { return *store_; }

 private:
  std::unique_ptr<cloud::RegistryStore> store_;
};

struct SilentBus final : cloud::MessageBus {
  Status publish(std::string_view, const cloud::Message&) override { return {}; }
  std::unique_ptr<Subscription> subscribe(std::string_view, std::string_view, Handler) override { return nullptr; }
};

struct OpenDoor final : cloud::MqttDoor {
  Result<int> open(const cloud::WebClient&) override { return ::dup(0); }
};

/// Keeps the answer for whoever waits.
class Waiting final : public net::HttpResponder {
 public:
  explicit Waiting(std::promise<net::HttpResponse> answer) : answer_(std::move(answer)) {}
  void respond(net::HttpResponse response) override { answer_.set_value(std::move(response)); }
  std::shared_ptr<net::EventStream> start_event_stream(net::HttpHeaders) override { return nullptr; }
  void switch_protocols(net::HttpHeaders headers, int descriptor) override {
    ::close(descriptor);
    answer_.set_value({101, std::move(headers), {}});
  }

 private:
  std::promise<net::HttpResponse> answer_;
};

class ApiCloud {
 public:
  static ApiCloud& get() {
    static ApiCloud cloud;
    return cloud;
  }

  /// The answer, which keeps what every answer promises.
  net::HttpResponse ask(net::HttpRequest request) {
    std::promise<net::HttpResponse> promise;
    auto future = promise.get_future();
    api_->handle(std::move(request), std::make_shared<Waiting>(std::move(promise)));
    net::HttpResponse answer = future.get();
    require(answer.status < 500 || answer.status == 501, "whatever is sent, it is not our fault");
    boost::system::error_code error;
    if (net::find_header(answer.headers, "Content-Type") == "application/json") {
      (void)boost::json::parse(answer.body, error);
      require(!error, "what says it is JSON is JSON");
    }
    return answer;
  }

  const crypto::Credentials key{"AKIAFUZZFUZZFUZZFUZZ", "secret", ""};

 private:
  ApiCloud() {
    log::set_level(log::Level::error);
    std::string folder = std::filesystem::temp_directory_path() / "xl-fuzz-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    auto store = store::open_sqlite(folder_ / "registry.sqlite");
    if (!store) std::abort();
    store_ = std::make_unique<ForgetfulStore>(*std::move(store));
    const Status filled = store_->real().write([this](cloud::Registry& registry) { return fill(registry); });
    if (!filled) std::abort();
    api_ = api::make_api({"us-east-1", "iot.localhost", {}}, *store_, bus_, door_);
  }
  ~ApiCloud() {
    api_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  Status fill(cloud::Registry& registry) const {
    const std::string account = "111122223333", id(64, 'a');
    XL_CHECK(registry.accounts().insert({account, "fuzz", cloud::AccountKind::staging, "prefix", wall_now()}));
    XL_CHECK(registry.accounts().insert_access_key({key.access_key_id, account, cloud::Role::admin,
                                                    crypto::seal({}, key.secret_access_key, key.access_key_id), true,
                                                    wall_now()}));
    cloud::Certificate certificate;
    certificate.account_id = account;
    certificate.id = id;
    certificate.status = cloud::CertificateStatus::active;
    cloud::Thing thing;
    thing.account_id = account;
    thing.name = "lamp";
    XL_CHECK(registry.certificates().insert(certificate));
    XL_CHECK(registry.things().insert(thing));
    XL_CHECK(registry.policies().insert({account, "policy", R"({"Version":"2012-10-17","Statement":[]})"}));
    XL_CHECK(registry.things().attach(account, "lamp", id));
    return registry.policies().attach(account, "policy", id);
  }

  std::filesystem::path folder_;
  std::unique_ptr<ForgetfulStore> store_;
  SilentBus bus_;
  OpenDoor door_;
  std::unique_ptr<api::Api> api_;
};

}  // namespace xl::fuzz
