// SPDX-License-Identifier: Apache-2.0
#include "gateway/supervisor.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "gateway/bus.hpp"
#include "gateway/control.hpp"
#include "gateway/counters.hpp"
#include "gateway/listen.hpp"
#include "gateway/worker_process.hpp"

namespace xl::gateway {
namespace asio = boost::asio;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kReadyWithin{30};
constexpr std::chrono::seconds kHeardWithin{10};
constexpr std::chrono::milliseconds kCheckEvery{500};
constexpr std::chrono::milliseconds kRestartMin{100};
constexpr std::chrono::milliseconds kRestartMax{5000};
/// One that has lived this long is replaced at once.
constexpr std::chrono::seconds kLongLife{5};

std::string text_of(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

void add(GatewayCounters& to, const GatewayCounters& more) {
  to.connections_accepted += more.connections_accepted;
  to.connections_refused += more.connections_refused;
  to.handshakes_failed += more.handshakes_failed;
  to.handshakes_resumed += more.handshakes_resumed;
  to.sessions_open += more.sessions_open;
  to.connects_accepted += more.connects_accepted;
  to.connects_refused += more.connects_refused;
  to.provisioned += more.provisioned;
  to.messages_in += more.messages_in;
  to.messages_out += more.messages_out;
  to.messages_refused += more.messages_refused;
}

/// What all workers have in common.
struct Company {
  asio::io_context& reactor;
  Directory& directory;
  cloud::MessageBus& bus;
  std::vector<std::string> command;
  std::vector<int> listeners;
  std::function<WorkerOrders(std::size_t number)> orders;
  std::function<void(std::size_t number, std::optional<Error> failure)> on_started;  ///< each time
  std::function<void()> on_ended;                                                    ///< and it is not replaced
};

/// One place among the workers; the process in it is replaced when it ends. Lives on the supervisor's thread.
class Worker final : public Directory::Process {
 public:
  Worker(Company& company, std::size_t number) : company_(company), number_(number), restart_(company.reactor) {}

  void start() {
    is_ready_ = false;
    started_ = heard_ = Clock::now();
    if (const Status spawned = spawn(); !spawned) on_failed(spawned.error());
  }

  void stop() {
    stopping_ = true;
    restart_.cancel();
    if (control_) control_->send({{"do", "stop"}});
    if (!process_) company_.on_ended();
  }

  void kill() {
    if (process_) process_->kill();
  }

  /// Something has changed in the registry.
  void review() { send({{"do", "review"}}); }

  /// A worker that says nothing any more holds devices that get no answer.
  void check() {
    if (!process_ || Clock::now() - heard_ < (is_ready_ ? kHeardWithin : kReadyWithin)) return;
    log::error("gateway", "a gateway worker does not answer; killing it", {{"pid", std::to_string(process_->id())}});
    heard_ = Clock::now();
    process_->kill();
  }

  GatewayCounters counters() const {
    const std::lock_guard lock(mutex_);
    GatewayCounters out = before_;
    if (counters_) add(out, counters_->values().read());
    return out;
  }

  void granted(Directory::Claim claim, std::optional<Subscriptions> remembered) override {
    send({{"do", "granted"}, {"claim", claim}, {"remembered", to_json(remembered)}});
  }
  void evict(Directory::Claim claim) override { send({{"do", "evict"}, {"claim", claim}}); }
  void turn_away(Directory::Claim claim) override { send({{"do", "turn_away"}, {"claim", claim}}); }

 private:
  void send(const json::object& message) {
    if (control_) control_->send(message);
  }

  Status spawn() {
    XL_TRY(auto counters, SharedCounters::make());
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return fail(Error::unavailable("no descriptor is left for a worker"));
    std::vector<int> descriptors{ends[1], counters->descriptor()};
    descriptors.insert(descriptors.end(), company_.listeners.begin(), company_.listeners.end());
    auto process = WorkerProcess::start(company_.reactor, company_.command, descriptors, [this](int status) {
      how_it_ended_ = text_of(status);
      on_end_seen();
    });
    ::close(ends[1]);
    if (!process) {
      ::close(ends[0]);
      return fail(process.error());
    }
    process_ = *std::move(process);
    count_with(std::move(counters));
    control_ = std::make_unique<Control>(company_.reactor, ends[0]);
    is_control_closed_ = false;
    how_it_ended_.reset();
    control_->start({[this](const json::object& message) { on_message(message); },
                     [this] {
                       is_control_closed_ = true;
                       kill();
                       on_end_seen();
                     }});
    control_->send(to_json(company_.orders(number_)));
    return {};
  }

  void on_message(const json::object& message) {
    heard_ = Clock::now();
    const std::string_view what = message.at("do").as_string();
    if (what == "alive") return on_alive();
    if (what == "failed") {
      failure_ = std::string(std::string_view(message.at("reason").as_string()));
      return;
    }
    const auto claim = message.at("claim").to_number<Directory::Claim>();
    if (what == "claim") {
      const auto places_max = message.at("places_max").to_number<std::size_t>();
      return company_.directory.claim(*this, claim, source_from_json(message.at("who").as_object()), places_max);
    }
    const Directory::Key key{std::string_view(message.at("account").as_string()),
                             std::string_view(message.at("client").as_string())};
    if (what == "opened") return company_.directory.opened(*this, claim, key);
    if (what == "listens") return company_.directory.listens(*this, claim, key, message.at("does").as_bool());
    if (what == "leave")
      company_.directory.leave(*this, claim, key, subscriptions_from_json(message.at("to_remember")));
  }

  void on_alive() {
    if (std::exchange(is_ready_, true)) return;
    failure_.clear();
    company_.on_started(number_, std::nullopt);
  }

  /// What it said last is read before it counts as gone.
  void on_end_seen() {
    if (how_it_ended_ && is_control_closed_) asio::post(company_.reactor, [this] { on_ended(*how_it_ended_); });
  }

  void on_ended(const std::string& how) {
    process_.reset();
    control_.reset();
    count_with(nullptr);
    const auto cut = company_.directory.forget(*this);
    for (const EventSource& who : cut) publish_presence(company_.bus, who, false, End::server_error);
    if (stopping_) return company_.on_ended();
    if (!is_ready_) return on_failed(Error::unavailable(failure_.empty() ? how : failure_));
    log::error("gateway", "a gateway worker has ended; starting another",
               {{"how", how}, {"sessions_cut", std::to_string(cut.size())}});
    restart_after(Clock::now() - started_ > kLongLife ? std::chrono::milliseconds(0) : pause_);
  }

  /// Keeps what the process before it has counted, except for its sessions, which ended with it.
  void count_with(std::unique_ptr<SharedCounters> counters) {
    const std::lock_guard lock(mutex_);
    if (counters_) {
      GatewayCounters last = counters_->values().read();
      last.sessions_open = 0;
      add(before_, last);
    }
    counters_ = std::move(counters);
  }

  void on_failed(const Error& error) {
    company_.on_started(number_, error);
    if (stopping_) return;
    log::error("gateway", "a gateway worker did not come up; trying again", {{"reason", error.detail}});
    restart_after(pause_);
  }

  void restart_after(std::chrono::milliseconds pause) {
    pause_ = pause.count() == 0 ? kRestartMin : std::min(pause * 2, kRestartMax);
    restart_.expires_after(pause);
    restart_.async_wait([this](auto error) {
      if (!error && !stopping_) start();
    });
  }

  Company& company_;
  const std::size_t number_;
  asio::steady_timer restart_;
  std::chrono::milliseconds pause_ = kRestartMin;
  std::unique_ptr<WorkerProcess> process_;
  std::unique_ptr<Control> control_;
  Clock::time_point started_, heard_;
  std::string failure_;
  std::optional<std::string> how_it_ended_;
  bool is_control_closed_ = false;
  bool is_ready_ = false, stopping_ = false;
  mutable std::mutex mutex_;
  std::unique_ptr<SharedCounters> counters_;  ///< of the process there is
  GatewayCounters before_;                    ///< of those before it
};

/// Each worker's part of what is allowed to all of them together. Connections fall to the workers evenly.
GatewayOptions share_of(GatewayOptions options, std::size_t count) {
  const auto parts = static_cast<double>(count);
  for (Rate* rate : {&options.unproven_attempts, &options.connects_per_certificate})
    *rate = {rate->burst / parts, rate->per_second / parts};
  options.processes = count;
  return options;
}

class Supervisor final : public Gateway {
 public:
  Supervisor(GatewayOptions options, cloud::RegistryStore& registry, Workers workers,
             std::vector<BoundListener> listeners)
      : options_(share_of(std::move(options), workers.count)),
        registry_(registry),
        settings_(std::move(workers)),
        bound_(std::move(listeners)),
        check_timer_(reactor_) {
    for (const BoundListener& listener : bound_) listeners_.push_back(listener.where());
    options_.listeners = listeners_;
  }

  ~Supervisor() override {
    registry_.watch_changes(nullptr);
    drain(0);
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  Status start() {
    bus_ = make_bus(reactor_, options_.engine_socket);
    company_.emplace(Company{reactor_,
                             directory_,
                             *bus_,
                             settings_.command,
                             {},
                             [this](std::size_t n) { return orders(n); },
                             [this](std::size_t n, auto failure) { on_started(n, std::move(failure)); },
                             [this] { on_worker_ended(); }});
    for (const BoundListener& listener : bound_) company_->listeners.push_back(listener.descriptor());
    for (std::size_t number = 0; number < settings_.count; ++number)
      workers_.push_back(std::make_unique<Worker>(*company_, number));
    auto started = started_.get_future();
    // Workers die with the thread that has started them.
    thread_ = std::thread([this] { run(); });
    asio::post(reactor_, [this] {
      for (const auto& worker : workers_) worker->start();
      check_later();
    });
    registry_.watch_changes([this] { review_soon(); });
    if (started.wait_for(kReadyWithin) != std::future_status::ready)
      return fail(Error::unavailable("the gateway workers did not come up in time"));
    return started.get();
  }

  const std::vector<Listener>& listeners() const override { return listeners_; }
  cloud::MessageBus& bus() override { return *bus_; }
  cloud::Presence& presence() override { return directory_; }
  void watch_rivals(std::function<void(const Rivals&)> handler) override { watch(directory_, std::move(handler)); }
  bool engine_ready() const override { return bus_->is_ready(); }

  GatewayCounters counters() const override {
    GatewayCounters sum;
    for (const auto& worker : workers_) add(sum, worker->counters());
    return sum;
  }

  void drain(std::uint32_t seconds) override {
    if (!thread_.joinable() || std::exchange(drained_, true)) return;
    auto ended = all_ended_.get_future();
    asio::post(reactor_, [this] {
      stopping_ = true;  // a check whose time has come already is not cancelled
      check_timer_.cancel();
      for (const auto& worker : workers_) worker->stop();
    });
    if (ended.wait_for(std::chrono::seconds(seconds + 5)) != std::future_status::ready) {
      log::error("gateway", "workers do not end; killing them");
      asio::post(reactor_, [this] {
        for (const auto& worker : workers_) worker->kill();
      });
      ended.wait();
    }
    asio::post(reactor_, [this] { bus_->stop(); });
  }

 private:
  void run() {
    for (;;) {
      try {
        reactor_.run();
        return;
      } catch (const std::exception& thrown) {
        log::error("gateway", "a handler threw", {{"what", thrown.what()}});
      }
    }
  }

  WorkerOrders orders(std::size_t number) {
    seed_ = TicketKeys::moved_on(seed_);
    return {options_,  seed_, settings_.registry_file, "service-" + std::to_string(number + 1), settings_.log_level,
            ::getpid()};
  }

  /// The first answer of each worker decides whether we are up.
  void on_started(std::size_t number, std::optional<Error> failure) {
    if (is_up_) return;
    if (!failure && (ready_.insert(number), ready_.size() < settings_.count)) return;
    is_up_ = true;
    started_.set_value(failure ? Status(fail(*failure)) : Status());
  }

  void on_worker_ended() {
    if (++ended_ == workers_.size()) all_ended_.set_value();
  }

  void check_later() {
    check_timer_.expires_after(kCheckEvery);
    check_timer_.async_wait([this](auto error) {
      if (error || stopping_) return;
      for (const auto& worker : workers_) worker->check();
      check_later();
    });
  }

  /// From any thread.
  void review_soon() {
    if (is_review_asked_.exchange(true)) return;
    asio::post(reactor_, [this] {
      is_review_asked_ = false;
      for (const auto& worker : workers_) worker->review();
    });
  }

  GatewayOptions options_;
  cloud::RegistryStore& registry_;
  const Workers settings_;
  std::vector<BoundListener> bound_;
  std::vector<Listener> listeners_;
  TicketKeys::Seed seed_ = TicketKeys::fresh_seed();
  Directory directory_;
  asio::io_context reactor_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{reactor_.get_executor()};
  std::shared_ptr<Bus> bus_;
  std::optional<Company> company_;
  std::vector<std::unique_ptr<Worker>> workers_;
  asio::steady_timer check_timer_;
  std::promise<Status> started_;
  std::promise<void> all_ended_;
  std::set<std::size_t> ready_;
  std::size_t ended_ = 0;
  std::atomic<bool> is_review_asked_ = false;
  bool is_up_ = false, stopping_ = false;  // both are the reactor's
  bool drained_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Gateway>> start_gateway_workers(GatewayOptions options, cloud::RegistryStore& registry,
                                                       const Workers& workers) {
  XL_TRY(auto listeners, bind_listeners(options.listeners));
  auto supervisor = std::make_unique<Supervisor>(std::move(options), registry, workers, std::move(listeners));
  XL_CHECK(supervisor->start());
  return std::unique_ptr<Gateway>(std::move(supervisor));
}

}  // namespace xl::gateway
