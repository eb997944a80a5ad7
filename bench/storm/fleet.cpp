// SPDX-License-Identifier: Apache-2.0
#include "fleet.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace xl::storm {
namespace {

constexpr std::size_t kDescriptorsKept = 32;
constexpr int kPingEverySeconds = 60;
constexpr std::chrono::seconds kDrainWithin{5};

Clock::duration seconds(double count) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

Status raise_descriptors(std::size_t needed) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed + kDescriptorsKept) return {};
  return fail(Error::unavailable(std::to_string(needed) + " modules need as many descriptors, this process may have " +
                                 std::to_string(limit.rlim_cur) + "; raise the limit (ulimit -Hn)"));
}

Status resolve(const std::string& text, sockaddr_storage& address, socklen_t& size) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return fail(Error::invalid("--connect-to is ADDR:PORT, not " + text));
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), text.substr(colon + 1).c_str(), &wanted, &found);
  if (error != 0) return fail(Error::unavailable("cannot resolve " + text + ": " + ::gai_strerror(error)));
  std::copy_n(reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen, reinterpret_cast<char*>(&address));
  size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return {};
}

}  // namespace

Fleet::Fleet(const Options& options, const Fleetwide& shared, const volatile std::sig_atomic_t& interrupted)
    : given_(options), shared_(shared), interrupted_(interrupted) {
  Ground::options = &given_;
  context = shared.context.get();
  SSL_CTX_sess_set_new_cb(context, &keep_session);
}

Fleet::~Fleet() {
  modules_.clear();
  if (epoll >= 0) ::close(epoll);
}

Status Fleet::prepare() {
  XL_CHECK(resolve(shared_.address_text, address, address_size));
  XL_CHECK(raise_descriptors(shared_.identities.size()));
  epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (const Identity& identity : shared_.identities) modules_.emplace_back(*this, identity);
  for (Module& module : modules_) waiting_.push_back(&module);
  now_ = phase_began_ = next_start_ = Clock::now();
  next_second_ = now_ + std::chrono::seconds(1);
  return {};
}

Status Fleet::run() {
  XL_CHECK(prepare());
  while (phase_ != Phase::done && interrupted_ == 0) turn();
  if (phase_ == Phase::connecting)
    times_.connecting_seconds += std::chrono::duration<double>(now_ - phase_began_).count();
  if (phase_ == Phase::holding) times_.holding_seconds += std::chrono::duration<double>(now_ - phase_began_).count();
  if (interrupted_ != 0) progress_.say("interrupted");
  for (Module& module : modules_) module.leave();
  return {};
}

void Fleet::turn() {
  start_due();
  const auto wait = std::max(Clock::duration::zero(), next_time() - Clock::now());
  const timespec timeout{std::chrono::duration_cast<std::chrono::seconds>(wait).count(),
                         (wait % std::chrono::seconds(1)).count()};
  std::array<epoll_event, 256> events;
  const int count = ::epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  now_ = Clock::now();
  for (int i = 0; i < count; ++i) static_cast<Module*>(events[static_cast<std::size_t>(i)].data.ptr)->on_ready();
  publish_due();
  if (now_ >= next_second_) every_second();
  advance();
}

Clock::time_point Fleet::next_time() const {
  auto next = next_second_;
  const bool can_start = !waiting_.empty() && under_way_ < given_.concurrency;
  if (can_start) next = std::min(next, next_start_);
  if (phase_ == Phase::holding || phase_ == Phase::draining) next = std::min(next, phase_ends_);
  if (phase_ == Phase::holding && !publish_at_.empty()) next = std::min(next, publish_at_.top().first);
  return next;
}

void Fleet::start_due() {
  while (!waiting_.empty() && under_way_ < given_.concurrency && (given_.rate == 0 || Clock::now() >= next_start_)) {
    Module& module = *waiting_.front();
    waiting_.pop_front();
    ++under_way_;
    module.connect();
    if (given_.rate > 0) next_start_ += seconds(1 / given_.rate);
  }
}

void Fleet::on_open(Module& module) {
  --under_way_;
  ++open_;
  if (given_.holds() && !module.has_moved()) return;
  --open_;
  if (module.has_moved()) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    progress_.say(("arrived " + module.thing_name() + " at " +
                   std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()))
                      .c_str());
  }
  module.leave();
  again(module);
}

void Fleet::on_told(Module& module) {
  --open_;
  waiting_.push_front(&module);
}

void Fleet::on_failed(Module& module, bool was_open) {
  --(was_open ? open_ : under_way_);
  again(module);
}

/// A module that is still to reconnect gets in line.
void Fleet::again(Module& module) {
  if (module.connects_left > 0 && phase_ != Phase::done) waiting_.push_back(&module);
}

bool Fleet::may_publish(const Module& module) const {
  return phase_ == Phase::holding && module.is_open() && (given_.messages == 0 || module.published() < given_.messages);
}

void Fleet::on_answer(Module& module) {
  if (given_.unthrottled() && may_publish(module) && module.unanswered() < given_.window) module.publish();
}

void Fleet::publish_due() {
  while (phase_ == Phase::holding && !publish_at_.empty() && publish_at_.top().first <= now_) {
    const auto [at, module] = publish_at_.top();
    publish_at_.pop();
    if (!may_publish(*module)) continue;
    module->publish();
    publish_at_.emplace(at + seconds(*given_.publish_every_ms / 1000), module);
  }
}

void Fleet::every_second() {
  next_second_ += std::chrono::seconds(1);
  progress_.show(++seconds_, open_, tally, recent);
  for (Module& module : modules_) {
    if (module.is_under_way() && now_ - module.started() > seconds(given_.timeout_seconds))
      module.fail(std::string("no answer in time ") + module.stage());
    if (seconds_ % kPingEverySeconds == 0) module.ping();
  }
}

void Fleet::advance() {
  if (phase_ == Phase::connecting && waiting_.empty() && under_way_ == 0) {
    times_.connecting_seconds += std::chrono::duration<double>(now_ - phase_began_).count();
    if (open_ == 0) {
      phase_ = Phase::done;
    } else {
      begin_hold();
    }
  } else if (phase_ == Phase::holding && (now_ >= phase_ends_ || is_through())) {
    begin_drain();
  }
  const auto is_settled = [](const Module& module) { return module.is_settled(); };
  if (phase_ == Phase::draining && (now_ >= phase_ends_ || std::all_of(modules_.begin(), modules_.end(), is_settled)))
    leave_all();
}

void Fleet::begin_hold() {
  progress_.say("holding");
  phase_ = Phase::holding;
  phase_began_ = Clock::now();
  const double every = given_.publish_every_ms.value_or(0) / 1000;
  const double patience = given_.timeout_seconds + every * static_cast<double>(given_.messages);
  phase_ends_ = phase_began_ + seconds(given_.hold_seconds > 0 ? given_.hold_seconds : patience);
  publish_at_ = {};
  if (!given_.publishes()) return;
  std::size_t place = 0;
  for (Module& module : modules_) {
    if (!module.is_open()) continue;
    if (given_.unthrottled()) {
      for (std::size_t i = 0; i < given_.window && may_publish(module); ++i) module.publish();
    } else {  // spread evenly over the first interval
      publish_at_.emplace(
          phase_began_ + seconds(every * static_cast<double>(place++) / static_cast<double>(modules_.size())), &module);
    }
  }
}

/// Nothing is left to hold for.
bool Fleet::is_through() const {
  if (open_ == 0) return !given_.follow || (waiting_.empty() && under_way_ == 0);
  if (given_.messages == 0 || given_.hold_seconds > 0) return false;
  return std::none_of(modules_.begin(), modules_.end(), [this](const Module& module) { return may_publish(module); });
}

void Fleet::begin_drain() {
  times_.holding_seconds += std::chrono::duration<double>(Clock::now() - phase_began_).count();
  phase_ = Phase::draining;
  phase_ends_ = Clock::now() + kDrainWithin;
}

void Fleet::leave_all() {
  progress_.say("leaving");
  phase_ = Phase::connecting;
  phase_began_ = next_start_ = Clock::now();
  for (Module& module : modules_) {
    if (!module.is_open()) continue;
    if (given_.follow) tally.fail("told no other endpoint");
    if (module.unanswered() > 0) tally.fail("message without an answer", module.unanswered());
    module.leave();
    --open_;
    again(module);
  }
  if (waiting_.empty() && under_way_ == 0) phase_ = Phase::done;
}

}  // namespace xl::storm
