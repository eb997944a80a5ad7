// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/host_diagnostics.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <fstream>
#include <thread>
#include <vector>

#include "platform/linux/host_network.hpp"
#include "platform/linux/simulated_wifi.hpp"
#include "unit/platform/support.hpp"

namespace xl::platform {
namespace {

using module::ports::DiagnosticEvent;
using Kind = DiagnosticEvent::Kind;
using testing::TemporaryFolder;
using testing::turn_until;
using testing::write_file;

/// Whether this kernel lets this process send echoes: the answers tell which way was taken.
bool may_send_echo() {
  return static_cast<bool>(Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP)));
}

/// A network of this thread's own where echoes may be sent, as on machines whose distribution allows them. Where that
/// is forbidden, too, everything stays as it is.
void try_to_allow_echoes() {
  if (::unshare(CLONE_NEWNET) != 0) return;
  ifreq loopback{};
  std::string_view("lo").copy(loopback.ifr_name, 2);
  loopback.ifr_flags = IFF_UP;
  const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::ioctl(any.get(), SIOCSIFFLAGS, &loopback), 0);
  std::ofstream("/proc/sys/net/ipv4/ping_group_range") << "0 2147483647";
}

/// A port of the loopback at which nobody listens; it stays bound, so nobody can.
class DeafPort {
 public:
  DeafPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    number = ::ntohs(address.sin_port);
  }
  std::uint16_t number = 0;

 private:
  Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

class Diagnoses : public ::testing::Test {
 protected:
  struct Heard {
    Kind kind;
    std::string text;
    std::uint16_t tcp_port;
    int signal_dbm;
  };
  void listen_to(HostDiagnostics& diagnostics) {
    diagnostics.deliver_to([this](const DiagnosticEvent& event) {
      heard_.push_back({event.kind, std::string(event.text), event.tcp_port, event.signal_dbm});
      EXPECT_GE(event.round_trip.count(), 0);
    });
  }
  void ping_loopback() {
    const DeafPort port;
    HostDiagnostics diagnostics(loop_, no_radio_, port.number);
    listen_to(diagnostics);
    for (const char* host : {"127.0.0.1", "localhost"}) {
      heard_.clear();
      diagnostics.ping(host);
      EXPECT_TRUE(heard_.empty()) << "not from inside the call";
      ASSERT_TRUE(hears_the_end()) << host;
      EXPECT_EQ(heard_.back().kind, Kind::answered) << host << ": " << heard_.back().text;
      EXPECT_EQ(heard_.back().tcp_port, may_send_echo() ? 0 : port.number);
    }
  }
  bool hears_the_end() {
    return turn_until(loop_, [this] { return !heard_.empty() && heard_.back().kind != Kind::network; });
  }

  EventLoop loop_;
  DeafPort port_;
  HostNetwork no_radio_;
  std::vector<Heard> heard_;
  NameResolver::Resolve resolve_ = &net::resolve;
};

TEST_F(Diagnoses, PingSaysWhichWayItWent) { ping_loopback(); }

TEST_F(Diagnoses, PingSendsEchoesWhereItMay) {
  std::thread([this] {
    try_to_allow_echoes();
    ping_loopback();
  }).join();
}

TEST_F(Diagnoses, PingGoesOnToTheNextAddress) {
  // Nobody may talk to the broadcast address like that.
  resolve_ = [](std::string_view) -> NameResolver::Addresses {
    return std::vector<std::string>{"255.255.255.255", "127.0.0.1"};
  };
  HostDiagnostics diagnostics(loop_, no_radio_, port_.number, resolve_);
  listen_to(diagnostics);
  diagnostics.ping("two.example");
  ASSERT_TRUE(hears_the_end());
  EXPECT_EQ(heard_.back().kind, Kind::answered) << heard_.back().text;
}

TEST_F(Diagnoses, PingOfNobodyFails) {
  resolve_ = [](std::string_view host) -> NameResolver::Addresses {
    if (host == "unknown.example") return fail(Error::unavailable("The name does not resolve."));
    return std::vector<std::string>{"255.255.255.255"};
  };
  HostDiagnostics diagnostics(loop_, no_radio_, port_.number, resolve_);
  listen_to(diagnostics);
  diagnostics.ping("unknown.example");
  ASSERT_TRUE(hears_the_end());
  EXPECT_EQ(heard_.back().kind, Kind::failed);
  EXPECT_EQ(heard_.back().text, "Unknown host");
  heard_.clear();
  diagnostics.ping("broadcast.example");
  ASSERT_TRUE(hears_the_end());
  EXPECT_EQ(heard_.back().kind, Kind::failed);
  EXPECT_NE(heard_.back().text, "");
}

TEST_F(Diagnoses, CancelledOnesSayNothing) {
  TemporaryFolder folder;
  write_file(folder.path() / "air", "home\tits-secret\t-40\n");
  SimulatedWifi wifi = SimulatedWifi::open(folder.path() / "air").value();
  HostDiagnostics diagnostics(loop_, wifi, port_.number);
  listen_to(diagnostics);
  ASSERT_TRUE(diagnostics.scan(std::chrono::seconds(1)));
  diagnostics.cancel();
  diagnostics.ping("127.0.0.1");
  diagnostics.cancel();
  bool is_later = false;
  loop_.at(EventLoop::Clock::now() + std::chrono::milliseconds(50), [&] { is_later = true; });
  ASSERT_TRUE(turn_until(loop_, [&] { return is_later; }));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(Diagnoses, ScanTellsWhatIsOnTheAir) {
  TemporaryFolder folder;
  write_file(folder.path() / "air", "far away\tanother-secret\t-85\nhome\tits-secret\t-40\n");
  SimulatedWifi wifi = SimulatedWifi::open(folder.path() / "air").value();
  HostDiagnostics diagnostics(loop_, wifi, port_.number);
  listen_to(diagnostics);
  ASSERT_TRUE(diagnostics.scan(std::chrono::seconds(5)));
  EXPECT_TRUE(heard_.empty()) << "not from inside the call";
  ASSERT_TRUE(hears_the_end());
  ASSERT_EQ(heard_.size(), 3U);
  EXPECT_EQ(heard_[0].text, "home");
  EXPECT_EQ(heard_[0].signal_dbm, -40);
  EXPECT_EQ(heard_[1].text, "far away");
  EXPECT_EQ(heard_[2].kind, Kind::scanned);
}

TEST_F(Diagnoses, ScanNeedsARadio) {
  HostDiagnostics diagnostics(loop_, no_radio_, port_.number);
  EXPECT_FALSE(diagnostics.scan(std::chrono::seconds(5)));
}

}  // namespace
}  // namespace xl::platform
