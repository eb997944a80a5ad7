// SPDX-License-Identifier: Apache-2.0
// The module from the inside: its parts, and what one part's news means for the others. Command handlers work on this.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "at/line_framer.hpp"
#include "at/reply_writer.hpp"
#include "at/text_builder.hpp"
#include "module/connection/connection.hpp"
#include "module/diagnostics/diagnosis.hpp"
#include "module/dictionary/certificate_entry.hpp"
#include "module/dictionary/dictionary.hpp"
#include "module/events/event_queue.hpp"
#include "module/held_input.hpp"
#include "module/messaging/message_queue.hpp"
#include "module/messaging/topics.hpp"
#include "module/module.hpp"
#include "module/update/transfer.hpp"

namespace xl::module {

class Core final : private connection::Connection::Owner {
 public:
  Core(const Ports& ports, const ports::Identity& identity, Settings settings);

  /// Half a line from before is forgotten, then as after RESET.
  void power_up();
  void on_uart(ByteView bytes);
  void on_transport(const ports::TransportEvent& event);
  void on_time();
  void on_wake();
  bool on_credentials(std::string_view ssid, std::string_view passphrase);
  void on_provisioning_ended() { in_confmode_ = false; }
  void on_diagnostics(const ports::DiagnosticEvent& event);
  std::optional<ports::Millis> next_deadline() const;

  // For command handlers.
  /// The handler's suspended reply follows when the attempt is over.
  void suspend_for_connect() { waiting_ = Waiting::connect; }
  void suspend_for_acknowledgement(std::uint16_t packet_id);
  /// Replies of DIAG: why not, or suspended until they have come to an end.
  at::Reply ping(std::string_view host);  ///< `host` stays until then
  at::Reply scan(std::chrono::seconds longest);
  /// The next lines are a certificate for `key`; the suspended reply follows its last line.
  void begin_certificate_entry(dictionary::KeyRef key);
  /// After OK the host's bytes are an image.
  update::Transfer::Verdict begin_update(const update::Transfer::Plan& plan);
  /// Once the handler's reply is written: volatile keys, queues and errors are cleared, then STARTUP is queued.
  void request_restart() { restart_requested_ = true; }
  /// How AT+SLEEP wants it.
  struct Sleep {
    unsigned mode = 0;
    std::optional<std::chrono::seconds> duration;  ///< nullopt: until somebody wakes the module
  };
  /// Once the handler's reply is written: the events are cleared and the module sleeps.
  void request_sleep(const Sleep& sleep) { requested_sleep_ = sleep; }
  /// CONFMODE, until on_credentials(), on_provisioning_ended() or a restart; false: it cannot start.
  [[nodiscard]] bool start_confmode(std::string_view name);
  bool is_in_confmode() const { return in_confmode_; }
  /// The value is stored and its consequences are drawn.
  tl::expected<void, at::AtError> assign(dictionary::KeyRef key, std::string_view value);

  Ports ports;
  dictionary::Dictionary dictionary;
  events::EventQueue events;
  messaging::MessageQueue messages;
  messaging::PendingSubscriptions subscriptions;
  connection::Connection connection;
  at::TextBuilder<kTopicBytesMax + 64> scratch;  ///< for a reply's detail

 private:
  enum class Waiting : std::uint8_t { nothing, connect, acknowledgement, diagnosis };
  class UartSink final : public at::Sink {
   public:
    explicit UartSink(ports::Uart& uart) : uart_(uart) {}
    void write(ByteView bytes) override { uart_.write(bytes); }

   private:
    ports::Uart& uart_;
  };

  bool is_deaf() const { return is_leaving_ || (is_asleep_ && sleep_mode_ > 0); }
  void fall_asleep(const Sleep& sleep);
  void wake();
  void restart();
  void take(Byte byte);
  void take_certificate_byte(Byte byte);
  void take_image_byte(Byte byte);
  void finish_update();
  void execute(ByteSpan line);
  void reply(const at::Reply& reply);
  void finish_waiting(const at::Reply& reply);
  at::Reply await_diagnosis(const at::Reply& first);
  void read_held_input();
  void deliver(const mqtt::Publish& publish, bool for_catch_all);
  connection::Disposition on_endpoint_update(const mqtt::Publish& publish);

  void on_connected() override;
  void on_connect_failed(connection::Hint hint, std::string_view detail) override;
  void on_connection_lost() override;
  connection::Disposition on_message(const mqtt::Publish& publish) override;
  void on_oversized_message(std::string_view topic) override;
  void on_published(std::uint16_t packet_id) override;
  void on_subscribed(std::uint16_t packet_id, bool accepted) override;

  static_assert(kEntryBytesMax <= at::kCommandBytesMax);

  UartSink sink_;
  at::LineFramer framer_;
  HeldInput held_;
  dictionary::CertificateEntry entry_{framer_.buffer()};                   ///< no command is read meanwhile
  diagnostics::Diagnosis diagnosis_{ports, dictionary, framer_.buffer()};  ///< nor here
  update::Transfer transfer_{ports.images, framer_.buffer()};              ///< nor here
  Waiting waiting_ = Waiting::nothing;
  std::uint16_t awaited_packet_id_ = 0;
  ports::Millis waiting_deadline_{};
  bool restart_requested_ = false;
  std::optional<Sleep> requested_sleep_;
  bool is_asleep_ = false;
  unsigned sleep_mode_ = 0;
  std::optional<ports::Millis> sleep_ends_;
  bool in_confmode_ = false;
  bool is_leaving_ = false;  ///< for other firmware: deaf until the next start
};

}  // namespace xl::module
