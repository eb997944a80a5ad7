// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "module/ports/provisioner.hpp"
#include "net/http.hpp"
#include "platform/linux/confmode_html.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/loop_mailbox.hpp"
#include "platform/linux/wifi.hpp"

namespace xl::platform {

/// CONFMODE (guide 4.7.5) as a web page for a phone: it is there only while the module is in CONFMODE, and whoever
/// enters credentials must know a code that is drawn each time. After five wrong codes it is gone. Plain HTTP: who can
/// listen on the way from the phone learns the passphrase, so the address should be that of a private network.
class ConfmodePage final : public module::ports::Provisioner {
 public:
  struct Listener {
    std::string address;  ///< IPv4 or IPv6 literal
    std::uint16_t port;   ///< 0: any free one
  };
  /// Tells the person at the module where the page is and the code; neither belongs into a log.
  using Announce = std::function<void(const std::string& url, const std::string& code)>;
  /// false: the module could not store them, and CONFMODE goes on.
  using Deliver = std::function<bool(const std::string& ssid, const std::string& passphrase)>;

  ConfmodePage(EventLoop& loop, Wifi& wifi, Listener listener, Announce announce);
  ~ConfmodePage();
  ConfmodePage(const ConfmodePage&) = delete;
  ConfmodePage& operator=(const ConfmodePage&) = delete;

  /// An IPv4 or IPv6 literal, without brackets.
  static bool is_address(const std::string& text);

  /// Where credentials go, and the news that nobody entered any. Set before the first start().
  void deliver_to(Deliver credentials, std::function<void()> ended);

  [[nodiscard]] bool start(std::string_view name) override;
  void stop() override;

 private:
  using Responder = std::shared_ptr<net::HttpResponder>;
  using Form = std::map<std::string, std::string>;

  void answer(std::uint64_t session, const net::HttpRequest& request, const Responder& responder);
  void answer_form(const net::HttpRequest& request, const Responder& responder);
  void refuse_code(const Responder& responder);
  void offer_networks(const Responder& responder);
  void take_entry(const Form& form, const Responder& responder);
  void close_after_answers();
  bool is_own_host(const net::HttpRequest& request) const;

  Wifi& wifi_;
  const Listener listener_;
  const Announce announce_;
  Deliver deliver_;
  std::function<void()> ended_;
  LoopMailbox mailbox_;  ///< outlives the server, whose thread posts to it
  std::unique_ptr<net::HttpServer> server_;

  std::uint64_t session_ = 0;  ///< counts starts and ends: requests of an earlier CONFMODE find nothing
  std::uint16_t port_ = 0;
  std::string name_, code_;
  unsigned tries_left_ = 0;
  Wifi::Networks networks_;  ///< of the last scan
};

}  // namespace xl::platform
