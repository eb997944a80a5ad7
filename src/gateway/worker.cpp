// SPDX-License-Identifier: Apache-2.0
#include "gateway/worker.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/control.hpp"
#include "gateway/process.hpp"

namespace xl::gateway {
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds kTellEvery{250};
constexpr std::uint32_t kDrainSeconds = 5;

/// Why the worker should stop; set by the reactor's thread or a signal, awaited by the main thread.
class StopFlag {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    changed_.notify_all();
  }
  bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

/// The directory lives in the supervisor.
class SupervisorLink final : public DirectoryLink {
 public:
  SupervisorLink(asio::io_context& reactor, Places& places, std::function<void()> review, StopFlag& stop)
      : reactor_(reactor), places_(places), review_(std::move(review)), stop_(stop), control_(reactor, kWorkerControl) {
    control_.start({[this](const json::object& message) { on_message(message); }, [this] { stop_.set(); }});
  }

  void claim(Directory::Claim claim, const EventSource& who, std::size_t places_max) override {
    control_.send({{"do", "claim"}, {"claim", claim}, {"who", to_json(who)}, {"places_max", places_max}});
  }
  void opened(Directory::Claim claim, const Directory::Key& key) override {
    control_.send({{"do", "opened"}, {"claim", claim}, {"account", key.first}, {"client", key.second}});
  }
  void listens(Directory::Claim claim, const Directory::Key& key, bool does) override {
    control_.send(
        {{"do", "listens"}, {"claim", claim}, {"account", key.first}, {"client", key.second}, {"does", does}});
  }
  void leave(Directory::Claim claim, const Directory::Key& key, std::optional<Subscriptions> to_remember) override {
    control_.send({{"do", "leave"},
                   {"claim", claim},
                   {"account", key.first},
                   {"client", key.second},
                   {"to_remember", to_json(to_remember)}});
  }
  void close() override { control_.close(); }

  /// From any thread. By way of the reactor: one that hangs tells nothing.
  void tell_alive() {
    asio::post(reactor_, [this] { control_.send({{"do", "alive"}}); });
  }

 private:
  void on_message(const json::object& message) {
    const std::string_view what = message.at("do").as_string();
    if (what == "stop") return stop_.set();
    if (what == "review") return review_();
    const auto claim = message.at("claim").to_number<Directory::Claim>();
    if (what == "evict") return places_.evict(claim);
    if (what == "turn_away") return places_.turn_away(claim);
    if (what == "granted") places_.granted(claim, subscriptions_from_json(message.at("remembered")));
  }

  asio::io_context& reactor_;
  Places& places_;
  const std::function<void()> review_;
  StopFlag& stop_;
  Control control_;
};

/// Blocks until the supervisor has spoken.
Result<WorkerOrders> read_orders() {
  std::string line;
  for (char c = 0; c != '\n';) {
    if (::read(kWorkerControl, &c, 1) != 1) return fail(Error::unavailable("the supervisor gave no orders"));
    line += c;
  }
  ::fcntl(kWorkerControl, F_SETFL, ::fcntl(kWorkerControl, F_GETFL) | O_NONBLOCK);
  try {
    return orders_from_json(json::parse(line).as_object());
  } catch (const std::exception& thrown) {
    return fail(Error::internal(std::string("orders that cannot be read: ") + thrown.what()));
  }
}

void tell_failure(const Error& error) {
  const std::string line = json::serialize(json::object{{"do", "failed"}, {"reason", error.detail}}) + "\n";
  (void)!::write(kWorkerControl, line.data(), line.size());
}

/// An orphan would keep the port.
Status die_with_supervisor(int supervisor_pid) {
  ::prctl(PR_SET_NAME, "gateway-worker");
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == supervisor_pid) return {};
  return fail(Error::unavailable("the supervisor is gone"));
}

Membership membership_of(const WorkerOrders& orders) {
  Membership out;
  int descriptor = kWorkerListeners;
  for (const Listener& listener : orders.options.listeners) out.listeners.emplace_back(listener, descriptor++);
  out.ticket_seed = orders.ticket_seed;
  out.service_client_id = orders.service_client_id;
  out.has_peers = true;
  return out;
}

/// Waits for them in a thread of its own, since the main thread waits for the supervisor too.
class StopSignal {
 public:
  explicit StopSignal(StopFlag& stop) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &stop] {
      int signal = 0;
      sigwait(&signals_, &signal);
      stop.set();
    });
  }
  ~StopSignal() {
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

 private:
  sigset_t signals_{};
  std::thread thread_;
};

Status serve(WorkerOrders orders, const OpenRegistry& open_registry) {
  XL_CHECK(die_with_supervisor(orders.supervisor_pid));
  StopFlag stop;
  const StopSignal signal(stop);
  XL_TRY(const auto registry, open_registry(orders.registry_file));
  XL_TRY(const auto counters, SharedCounters::open(kWorkerCounters));
  Membership membership = membership_of(orders);
  membership.counters = &counters->values();
  SupervisorLink* link = nullptr;
  membership.link = [&](asio::io_context& reactor, Places& places, std::function<void()> review) {
    auto made = std::make_shared<SupervisorLink>(reactor, places, std::move(review), stop);
    link = made.get();
    return made;
  };
  XL_TRY(const auto gateway, start_gateway_process(std::move(orders.options), *registry, std::move(membership)));
  do {
    link->tell_alive();
  } while (!stop.wait_for(kTellEvery));
  gateway->drain(kDrainSeconds);
  return {};
}

}  // namespace

Status run_worker(const OpenRegistry& open_registry) {
  ::signal(SIGPIPE, SIG_IGN);
  auto orders = read_orders();
  if (!orders) return fail(orders.error());
  log::set_level(orders->log_level);
  const Status served = serve(*std::move(orders), open_registry);
  if (!served) tell_failure(served.error());
  return served;
}

}  // namespace xl::gateway
