// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/wifi.hpp"
#include "platform/linux/wpa_text.hpp"

namespace xl::platform {

/// A radio that wpa_supplicant drives, by its control socket (datagrams, one text each). The network that join() adds
/// lives in wpa_supplicant's memory only, as long as this object: the credentials are the module's to keep. The others
/// that wpa_supplicant knows are disabled meanwhile.
class WpaSupplicant final : public Wifi {
 public:
  /// `socket` is usually /run/wpa_supplicant/<interface>. errors: unavailable
  static Result<std::unique_ptr<WpaSupplicant>> open(EventLoop& loop, const std::string& socket);
  ~WpaSupplicant() override;
  WpaSupplicant(const WpaSupplicant&) = delete;
  WpaSupplicant& operator=(const WpaSupplicant&) = delete;

  void join(std::string_view ssid, std::string_view passphrase) override;
  void leave() override;
  /// `up` when the network has let us in and the interface has an address.
  State state() const override { return state_; }
  void scan(std::chrono::milliseconds longest, std::function<void(Networks)> done) override;

 private:
  using Reply = std::function<void(std::string_view reply)>;
  struct Command {
    std::string text;
    Reply done;
  };

  WpaSupplicant(EventLoop& loop, std::string socket) : loop_(loop), path_(std::move(socket)) {}
  bool attach();
  void lose(std::string_view why);
  void send(std::string text, Reply done);
  void send_next();
  void on_readable();
  void on_reply(std::string_view reply);
  void on_event(const wpa::Event& event);

  void configure(unsigned network);
  void set(const std::string& variable, const std::string& value, bool is_needed);
  void ask_for_address();
  void fail_join(std::string_view why);
  void fetch_scan();
  Reply of_this_join(Reply done);

  EventLoop& loop_;
  const std::string path_;
  Descriptor socket_;
  std::deque<Command> commands_;  ///< the first one has been sent
  EventLoop::TimerId reply_timer_ = 0;

  State state_ = State::down;
  std::string ssid_, passphrase_;
  unsigned join_ = 0;                ///< counts, so that replies to an earlier one change nothing
  std::optional<unsigned> network_;  ///< wpa_supplicant's number of ours
  unsigned times_not_found_ = 0;
  EventLoop::TimerId address_timer_ = 0;

  std::vector<std::function<void(Networks)>> scans_;  ///< who waits for results
  EventLoop::Clock::time_point scan_deadline_;
  EventLoop::TimerId scan_timer_ = 0;
};

}  // namespace xl::platform
