// SPDX-License-Identifier: Apache-2.0
#include "api/api.hpp"

#include "api/authenticator.hpp"
#include "api/bulk/reports.hpp"
#include "api/bulk/runner.hpp"
#include "api/mqtt_upgrade.hpp"
#include "api/operation.hpp"
#include "api/reply.hpp"
#include "api/router.hpp"
#include "api/sts.hpp"
#include "base/background.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"
#include "crypto/sigv4.hpp"

namespace xl::api {
namespace {

/// Keys that may be waited for: about what one thread makes in the minute that clients wait at most.
constexpr std::size_t kSlowPlansMax = 256;

using Responder = std::shared_ptr<net::HttpResponder>;

/// One call's answer, whichever thread it comes from.
struct Answering {
  Responder responder;
  std::string request_id;
  std::string operation;
  std::string access_key_id;

  void operator()(const Outcome& outcome) const {
    const int status = outcome ? 200 : outcome.error().exception.status;
    log::info("api", "request",
              {{"operation", operation.empty() ? "unknown" : operation},
               {"status", std::to_string(status)},
               {"key", access_key_id},
               {"id", request_id}});
    responder->respond(json_response(outcome, request_id));
  }
};

class AwsApi final : public Api {
 public:
  AwsApi(ApiOptions options, cloud::RegistryStore& store, cloud::MessageBus& bus, cloud::MqttDoor& door)
      : options_(std::move(options)), store_(store), bus_(bus), door_(door) {
    if (options_.buckets) bulk_ = std::make_unique<bulk::Runner>(options_, store_);
  }

  void handle(net::HttpRequest request, Responder responder) override;
  void stop() override { background_.stop(); }

 private:
  static Result<const cloud::Registry*> view(cloud::RegistryStore& store, std::unique_ptr<const cloud::Registry>& view);
  void run(net::HttpRequest& request, const Caller& caller, Answering answer);
  Site site() const { return {options_, bus_, store_, bulk_ ? bulk_->bell() : nullptr}; }
  tl::expected<Request, Fault> decode(net::HttpRequest& request, Route& route, const Caller& caller) const;
  void plan(const Operation& operation, const Request& request, Answering answer);
  void run_in_background(const Operation& operation, Request request, Answering answer);
  void submit(const std::string& account_id, Change change, Answering answer);

  const ApiOptions options_;
  cloud::RegistryStore& store_;
  cloud::MessageBus& bus_;
  cloud::MqttDoor& door_;
  std::unique_ptr<const cloud::Registry> view_;             ///< the HTTP thread's
  std::unique_ptr<const cloud::Registry> background_view_;  ///< the background thread's
  std::unique_ptr<bulk::Runner> bulk_;
  Background background_{kSlowPlansMax};  ///< last: its thread uses all of the above
};

/// Opened by the first request on its thread.
Result<const cloud::Registry*> AwsApi::view(cloud::RegistryStore& store, std::unique_ptr<const cloud::Registry>& view) {
  if (!view) {
    XL_TRY(view, store.open_view());
  }
  return view.get();
}

void AwsApi::handle(net::HttpRequest request, Responder responder) {
  const std::string request_id = crypto::random_uuid();
  const bool sts = sts::is_for_sts(request);
  const auto refuse = [&](const Fault& fault) {
    responder->respond(sts ? sts::error_response(fault, request_id) : json_response(fail(fault), request_id));
  };
  const auto registry = view(store_, view_);
  if (!registry) return refuse(Fault(registry.error()));
  if (bulk::is_for_report(request))
    return responder->respond(bulk::report_response(request, **registry, options_.master_key, request_id));
  const auto caller = authenticate(request, **registry, options_, sts);
  if (!caller) {
    log::warn("api", "request refused",
              {{"reason", std::string(caller.error().exception.name)},
               {"what", caller.error().message},
               {"from", request.peer_address},
               {"id", request_id}});
    return refuse(caller.error());
  }
  if (sts) return responder->respond(sts::answer(request, *caller, options_.master_key, request_id));
  if (request.path() == kMqttPath) return open_mqtt(request, *caller, options_.domain, door_, responder, request_id);
  run(request, *caller, {responder, request_id, {}, caller->access_key_id});
}

Fault denied(const Caller& caller, std::string_view operation) {
  return {exceptions::kAccessDenied, "User: " + arn_of(caller) +
                                         " is not authorized to perform: iot:" + std::string(operation) + " with a " +
                                         std::string(name_of(caller.role)) + " access key"};
}

void AwsApi::run(net::HttpRequest& request, const Caller& caller, Answering answer) {
  auto route = find_route(request.method, crypto::normalized_path(request.path()));
  if (!route) return answer(fail(route.error()));
  const Operation& operation = *route->operation;
  answer.operation = operation.name;
  if (!operation.roles.contain(caller.role)) return answer(fail(denied(caller, operation.name)));
  auto decoded = decode(request, *route, caller);
  if (!decoded) return answer(fail(decoded.error()));
  if (operation.slow) return run_in_background(operation, *std::move(decoded), std::move(answer));
  if (operation.read != nullptr) return answer(operation.read(*decoded, *view_, site()));
  plan(operation, *decoded, std::move(answer));
}

void AwsApi::plan(const Operation& operation, const Request& request, Answering answer) {
  auto change = operation.plan(request, site());
  if (!change) return answer(fail(change.error()));
  submit(request.account.id, *std::move(change), std::move(answer));
}

void AwsApi::run_in_background(const Operation& operation, Request request, Answering answer) {
  auto job = [this, &operation, request = std::move(request), answer](const std::stop_token& stop) {
    if (stop.stop_requested())
      return answer(fail(exceptions::kServiceUnavailable, "The server is stopping. Try again later."));
    if (operation.read == nullptr) return plan(operation, request, answer);
    const auto registry = view(store_, background_view_);
    answer(registry ? operation.read(request, **registry, site()) : Outcome(fail(Fault(registry.error()))));
  };
  if (background_.try_add(std::move(job))) return;
  answer(fail(exceptions::kServiceUnavailable,
              "No further " + std::string(operation.name) + " can be taken now. Try again later."));
}

tl::expected<Request, Fault> AwsApi::decode(net::HttpRequest& request, Route& route, const Caller& caller) const {
  Request decoded;
  decoded.account = caller.account;
  decoded.role = caller.role;
  decoded.region = options_.region;
  decoded.labels = std::move(route.labels);
  decoded.secure = request.secure;
  decoded.now = wall_now();
  auto query = parse_parameters(request.query());
  if (!query) return fail(exceptions::kInvalidRequest, "The query string has a broken percent escape.");
  decoded.query = *std::move(query);
  decoded.headers = std::move(request.headers);
  if (route.operation->body == Body::bytes) {
    decoded.payload = std::move(request.body);
    return decoded;
  }
  XL_TRY(decoded.body, parse_object(request.body));
  return decoded;
}

void AwsApi::submit(const std::string& account_id, Change change, Answering answer) {
  const auto outcome = std::make_shared<std::optional<Outcome>>();
  auto work = [account_id, change = std::move(change), outcome](cloud::Registry& registry) -> Status {
    if (registry.accounts().find(account_id)) {
      outcome->emplace(change(registry));
    } else {  // deleted after the request was authenticated
      outcome->emplace(fail(exceptions::kAccessDenied, "The account " + account_id + " does not exist."));
    }
    if (**outcome) return {};
    return xl::fail(Error::conflict((*outcome)->error().message));  // rolls back; the client gets the Fault itself
  };
  auto done = [outcome, answer = std::move(answer)](const Status& status) {
    if (*outcome && (status || !**outcome)) return answer(**outcome);
    answer(fail(Fault(status ? Error::internal("The writer did not run the change.") : status.error())));
  };
  store_.submit(std::move(work), std::move(done));
}

}  // namespace

std::unique_ptr<Api> make_api(ApiOptions options, cloud::RegistryStore& registry, cloud::MessageBus& bus,
                              cloud::MqttDoor& door) {
  return std::make_unique<AwsApi>(std::move(options), registry, bus, door);
}

}  // namespace xl::api
