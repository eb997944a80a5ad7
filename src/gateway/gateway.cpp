// SPDX-License-Identifier: Apache-2.0
// The reactor: listeners, accept, housekeeping.
#include "gateway/gateway.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <thread>

#include "base/background.hpp"
#include "base/log.hpp"
#include "base/tally.hpp"
#include "base/text.hpp"
#include "gateway/device_ca.hpp"
#include "gateway/process.hpp"
#include "gateway/session.hpp"
#include "gateway/tls_context.hpp"
#include "gateway/turns.hpp"
#include "gateway/web_door.hpp"
#include "gateway/websocket_channel.hpp"

namespace xl::gateway {
namespace asio = boost::asio;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

namespace {

/// What another process has changed reaches live sessions within this time; what this one has, at once.
constexpr std::chrono::milliseconds kReviewEvery{250};
/// Of the reactor's time reviews take one part in so many at most, however often there is something to review.
constexpr int kReviewShare = 20;
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::seconds kStopWithin{5};
/// Devices that wait for a certificate, each with a key that takes a good part of a second to make.
constexpr std::size_t kCertificatesAwaitedMax = 64;
constexpr std::size_t kCertificatesAwaitedOfAccountMax = 16;

class ReactorGateway final : public Gateway {
 public:
  ReactorGateway(GatewayOptions options, cloud::RegistryStore& store, std::unique_ptr<const cloud::Registry> view,
                 Membership membership)
      : membership_(std::move(membership)),
        options_(std::move(options)),
        store_(store),
        view_(std::move(view)),
        lookup_(*view_, options_.limits),
        counters_(membership_.counters ? *membership_.counters : own_counters_),
        door_(sessions_that_fit(!membership_.has_peers), options_.unproven_attempts, options_.connects_per_certificate),
        review_timer_(reactor_) {}

  ~ReactorGateway() override {
    store_.watch_changes(nullptr);
    drain(0);
    background_.stop();
    // Admissions under way answer to the reactor: let the writer finish them while it still runs.
    (void)store_.write([](cloud::Registry&) { return Status(); });
    work_.reset();
    // With every socket and timer closed the reactor runs out of work by itself, having freed what its handlers held.
    if (finished_.valid() && finished_.wait_for(kStopWithin) != std::future_status::ready) reactor_.stop();
    if (thread_.joinable()) thread_.join();
    // The last that it handed to the writer answers to it, too. Not for nothing: the registry may be locked.
    if (retained_ && retained_->is_writing()) (void)store_.write([](cloud::Registry&) { return Status(); });
  }

  Status start() {
    auto tls = TlsContext::make(
        options_.tls_certificate_chain_pem, options_.tls_private_key_pem,
        [this](const std::string& name) { return account_of_name(name); }, membership_.ticket_seed);
    if (!tls) return fail(tls.error());
    tls_ = std::move(*tls);
    for (BoundListener& listener : membership_.listeners) listen(std::move(listener));
    bus_ = make_bus(reactor_, options_.engine_socket, membership_.service_client_id);
    retained_ = std::make_shared<RetainedIndex>(reactor_, store_, *view_);
    if (!options_.device_ca_certificate_pem.empty()) {
      XL_TRY(device_ca_, make_device_ca(options_.device_ca_certificate_pem, options_.device_ca_private_key_pem));
    }
    services_.emplace(cloud::services::Backend{store_, background_, share_, device_ca_.get(), options_.ownership_key});
    shared_.emplace(Shared{reactor_, options_, store_, lookup_, *bus_, places_, counters_, roll_, door_, accounts_,
                           *retained_, *services_});
    link_ = membership_.link ? membership_.link(reactor_, places_, [this] { review_soon(); })
                             : std::make_shared<DirectLink>(directory_, places_);
    places_.reach_by(*link_);
    XL_CHECK(web_door_.listen(options_.engine_socket, membership_.service_client_id));
    for (auto& acceptor : acceptors_) accept_next(*acceptor);
    review_after(kReviewEvery);
    store_.watch_changes([this] { review_soon(); });
    std::promise<void> finished;
    finished_ = finished.get_future();
    thread_ = std::thread([this, promise = std::move(finished)]() mutable { run(std::move(promise)); });
    return {};
  }

  const std::vector<Listener>& listeners() const override { return listeners_; }
  cloud::MessageBus& bus() override { return *bus_; }
  cloud::Presence& presence() override { return directory_; }
  void watch_rivals(std::function<void(const Rivals&)> handler) override { watch(directory_, std::move(handler)); }
  bool engine_ready() const override { return bus_->is_ready(); }

  GatewayCounters counters() const override { return counters_.read(); }

  void drain(std::uint32_t seconds) override {
    if (!thread_.joinable() || drained_.exchange(true)) return;
    const auto done = std::make_shared<std::promise<void>>();  // a busy reactor may keep it after we gave up
    asio::post(reactor_, [this, done] {
      boost::system::error_code ignored;
      for (auto& acceptor : acceptors_) ignored = acceptor->close(ignored);
      web_door_.close();
      review_timer_.cancel();
      for (const auto& session : roll_.all()) session->end(End::server, "the gateway is stopping");
      bus_->stop();
      link_->close();
      done->set_value();
    });
    // Everything is sent as far as the sockets take it when the promise is kept; the time bounds a reactor that is
    // busy.
    (void)done->get_future().wait_for(std::chrono::seconds(seconds + 5));
  }

 private:
  void run(std::promise<void> finished) {
    for (;;) {
      try {
        reactor_.run();
        return finished.set_value();
      } catch (const std::exception& thrown) {
        log::error("gateway", "a handler threw", {{"what", thrown.what()}});
      }
    }
  }

  /// Runs inside OpenSSL's handshake.
  std::optional<std::string> account_of_name(const std::string& name) {
    const std::string suffix = "-ats." + to_lower(options_.domain);
    if (!name.ends_with(suffix)) {
      log::warn("gateway", "refused: the name in SNI is not an endpoint of this cloud", {{"sni", name}});
      return std::nullopt;
    }
    const auto account = lookup_.account_id_of(std::string_view(name).substr(0, name.size() - suffix.size()));
    if (account) return *account;
    log::warn("gateway", "refused: no account has this endpoint", {{"sni", name}});
    return std::nullopt;
  }

  void listen(BoundListener listener) {
    listeners_.push_back(listener.where());
    const auto protocol = asio::ip::make_address(listener.where().address).is_v6() ? tcp::v6() : tcp::v4();
    acceptors_.push_back(std::make_unique<tcp::acceptor>(reactor_, protocol, listener.release()));
  }

  void accept_next(tcp::acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](boost::system::error_code error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (!error) {
        welcome(std::move(socket));
        if (!leaves_to_peers()) return accept_next(acceptor);
      } else if (const std::size_t count = failed_accepts_.add(); count > 0) {
        log::warn("gateway", "accept failed", {{"count", std::to_string(count)}, {"latest_reason", error.message()}});
      }
      // Descriptors have run out, or the like: without a pause this would spin, and keep others from their turn.
      auto pause = std::make_shared<asio::steady_timer>(reactor_, kAcceptPause);
      pause->async_wait([this, &acceptor, pause](auto) { accept_next(acceptor); });
    });
  }

  bool leaves_to_peers() const { return membership_.has_peers && door_.is_full(roll_.size()); }

  void welcome(tcp::socket socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    if (const auto reason = door_.turned_away(peer.address(), roll_.size(), turns_.waiting()))
      return turn_away(*reason);
    ++counters_.connections_accepted;
    error = socket.set_option(tcp::no_delay(true), error);
    const int descriptor = socket.release(error);
    if (error) return;
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    pki::SslPtr ssl = tls_->accept(descriptor);
    if (!ssl) {
      ::close(descriptor);
      return;
    }
    auto channel = make_tls_channel(reactor_, descriptor, std::move(ssl), turns_);
    std::make_shared<Session>(*shared_, std::move(channel), peer.address().to_string())->start();
  }

  /// From the HTTP server, which has done TLS and knows the access key.
  void welcome_web_client(const cloud::WebClient& client, int descriptor) {
    auto channel = make_websocket_channel(reactor_, make_plain_channel(reactor_, descriptor));
    boost::system::error_code error;
    const auto peer = asio::ip::make_address(client.peer_address, error);
    const auto reason = door_.turned_away(peer, roll_.size(), turns_.waiting());
    if (reason) {
      turn_away(*reason);
      return channel->close();
    }
    ++counters_.connections_accepted;
    std::make_shared<Session>(*shared_, std::move(channel), client)->start();
  }

  /// Before TLS, without a word: whatever we said would cost more than it is worth to us.
  void turn_away(const std::string& reason) {
    ++counters_.connections_refused;
    if (const std::size_t count = turned_away_.add(); count > 0)
      log::warn("gateway", "connections turned away", {{"count", std::to_string(count)}, {"latest_reason", reason}});
  }

  /// From any thread.
  void review_soon() {
    if (is_review_asked_.exchange(true)) return;
    asio::post(reactor_, [this] {
      is_review_asked_ = false;
      if (!drained_) review_after(std::max(Clock::duration::zero(), review_due_ - Clock::now()));
    });
  }

  void review_after(Clock::duration wait) {
    review_timer_.expires_after(wait);
    review_timer_.async_wait([this](auto error) {
      if (error || drained_) return;  // one whose time has come already is not cancelled
      const auto began = Clock::now();
      review();
      const auto ended = Clock::now();
      review_due_ = ended + std::min<Clock::duration>(kReviewEvery, kReviewShare * (ended - began));
      review_after(kReviewEvery);
    });
  }

  void review() {
    (void)lookup_.refresh();  // a registry that cannot be read is met again, and told, at the next connect
    const Lookup::Touched touched = lookup_.take_touched();
    if (touched.empty()) return;
    for (const auto& session : roll_.all()) {
      if (touched.contains(session->account_id(), session->certificate_id())) session->review();
    }
  }

  Membership membership_;
  const GatewayOptions options_;
  cloud::RegistryStore& store_;
  const std::unique_ptr<const cloud::Registry> view_;
  Lookup lookup_;
  // Before the reactor: a session that its last handler frees still uses these.
  Directory directory_;
  Places places_;
  std::shared_ptr<DirectoryLink> link_;
  AtomicCounters own_counters_;
  AtomicCounters& counters_;
  SessionRoll roll_;
  Door door_;
  AccountMeter accounts_{options_.processes};
  Tally turned_away_, failed_accepts_;
  std::unique_ptr<cloud::CertificateIssuer> device_ca_;
  cloud::services::FairShare share_{kCertificatesAwaitedOfAccountMax};
  Background background_{kCertificatesAwaitedMax};
  std::optional<cloud::services::Backend> services_;
  std::optional<Shared> shared_;
  asio::io_context reactor_{1};
  Turns turns_{reactor_};
  asio::executor_work_guard<asio::io_context::executor_type> work_{reactor_.get_executor()};
  std::optional<TlsContext> tls_;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors_;
  WebDoor web_door_{reactor_, [this](const auto& client, int descriptor) { welcome_web_client(client, descriptor); }};
  std::vector<Listener> listeners_;
  std::shared_ptr<Bus> bus_;
  std::shared_ptr<RetainedIndex> retained_;
  asio::steady_timer review_timer_;
  Clock::time_point review_due_;  ///< not before
  std::atomic<bool> is_review_asked_ = false;
  std::atomic<bool> drained_ = false;
  std::future<void> finished_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Gateway>> start_gateway(GatewayOptions options, cloud::RegistryStore& registry) {
  XL_TRY(auto listeners, bind_listeners(options.listeners));
  return start_gateway_process(std::move(options), registry, {std::move(listeners), TicketKeys::fresh_seed()});
}

Result<std::unique_ptr<Gateway>> start_gateway_process(GatewayOptions options, cloud::RegistryStore& registry,
                                                       Membership membership) {
  XL_TRY(auto view, registry.open_view());
  auto gateway = std::make_unique<ReactorGateway>(std::move(options), registry, std::move(view), std::move(membership));
  XL_CHECK(gateway->start());
  return std::unique_ptr<Gateway>(std::move(gateway));
}

}  // namespace xl::gateway
