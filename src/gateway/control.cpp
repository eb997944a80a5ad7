// SPDX-License-Identifier: Apache-2.0
#include "gateway/control.hpp"

#include <chrono>
#include <type_traits>
#include <utility>

#include "base/text.hpp"
#include "gateway/channel.hpp"

namespace xl::gateway {
namespace json = boost::json;
using cloud::limits::AccountLimits;

namespace {

// Structs go over as objects: one list of members each, for both directions. The bindings must name every member, so
// one that is added is either sent or does not compile.

void each_member(Rate& rate, auto&& visit) {
  auto& [burst, per_second] = rate;
  visit("burst", burst);
  visit("per_second", per_second);
}

void each_member(Listener& listener, auto&& visit) {
  auto& [address, port] = listener;
  visit("address", address);
  visit("port", port);
}

void each_member(Deadlines& deadlines, auto&& visit) {
  auto& [connect, admission, patience, keep_alive_min, web_session] = deadlines;
  visit("connect", connect);
  visit("admission", admission);
  visit("patience", patience);
  visit("keep_alive_min", keep_alive_min);
  visit("web_session", web_session);
}

void each_member(cloud::onboarding::ClaimTimes& times, auto&& visit) {
  auto& [module_awaited, reserved, reserved_elsewhere, offline_hold, arrival, loop_window, loop_attempts] = times;
  visit("module_awaited", module_awaited);
  visit("reserved", reserved);
  visit("reserved_elsewhere", reserved_elsewhere);
  visit("offline_hold", offline_hold);
  visit("arrival", arrival);
  visit("loop_window", loop_window);
  visit("loop_attempts", loop_attempts);
}

void each_member(GatewayOptions& options, auto&& visit) {
  auto& [listeners, domain, region, certificate_chain, private_key, public_url, engine_socket, unproven_attempts,
         connects_per_certificate, limits, processes, drop_first_connection, deadlines, claim_times,
         device_ca_certificate, device_ca_private_key, ownership_key] = options;
  visit("listeners", listeners);
  visit("domain", domain);
  visit("region", region);
  visit("tls_certificate_chain_pem", certificate_chain);
  visit("tls_private_key_pem", private_key);
  visit("public_url", public_url);
  visit("engine_socket", engine_socket);
  visit("unproven_attempts", unproven_attempts);
  visit("connects_per_certificate", connects_per_certificate);
  visit("limits", limits);
  visit("processes", processes);
  visit("drop_first_connection", drop_first_connection);
  visit("deadlines", deadlines);
  visit("claim_times", claim_times);
  visit("device_ca_certificate_pem", device_ca_certificate);
  visit("device_ca_private_key_pem", device_ca_private_key);
  visit("ownership_key", ownership_key);
}

void each_member(WorkerOrders& orders, auto&& visit) {
  auto& [options, ticket_seed, registry_file, service_client_id, log_level, supervisor_pid] = orders;
  visit("options", options);
  visit("ticket_secret", ticket_seed.secret);
  visit("ticket_hour", ticket_seed.hour);
  visit("registry_file", registry_file);
  visit("service_client_id", service_client_id);
  visit("log_level", log_level);
  visit("supervisor_pid", supervisor_pid);
}

void each_member(EventSource& source, auto&& visit) {
  auto& [account, client, certificate, session, peer] = source;
  visit("account", account);
  visit("client", client);
  visit("certificate", certificate);
  visit("session", session);
  visit("peer", peer);
}

template <class T>
concept Struct = requires(T& value) { each_member(value, [](const char*, auto&) {}); };

json::array written(const AccountLimits& limits) {
  json::array out;
  for (std::size_t i = 0; i < cloud::limits::kLimits; ++i) {
    const auto own = limits.own(static_cast<cloud::limits::Limit>(i));
    out.push_back(own ? json::value(*own) : json::value(nullptr));
  }
  return out;
}

AccountLimits read_limits(const json::array& from) {
  AccountLimits out;
  for (std::size_t i = 0; i < cloud::limits::kLimits; ++i) {
    if (!from.at(i).is_null()) out.set(static_cast<cloud::limits::Limit>(i), from.at(i).to_number<std::size_t>());
  }
  return out;
}

template <Struct T>
json::object written(const T& value);
template <Struct T>
T read(const json::object& from);

template <class T>
json::value value_of(const T& member) {
  if constexpr (Struct<T> || std::is_same_v<T, AccountLimits>) return written(member);
  if constexpr (std::is_same_v<T, std::string>) return json::string(member);
  if constexpr (std::is_same_v<T, std::filesystem::path>) return json::string(member.string());
  if constexpr (std::is_same_v<T, crypto::Sha256>) return json::string(hex_encode(member));
  if constexpr (std::is_same_v<T, std::chrono::milliseconds>) return member.count();
  if constexpr (std::is_enum_v<T>) return static_cast<int>(member);
  if constexpr (std::is_arithmetic_v<T>) return member;
  if constexpr (std::is_same_v<T, std::vector<Listener>>) {
    json::array out;
    for (const Listener& listener : member) out.push_back(written(listener));
    return out;
  }
}

void assign(auto& member, const json::value& value) {
  using T = std::remove_reference_t<decltype(member)>;
  if constexpr (Struct<T>) member = read<T>(value.as_object());
  if constexpr (std::is_same_v<T, AccountLimits>) member = read_limits(value.as_array());
  if constexpr (std::is_same_v<T, std::string>) member = value.as_string().c_str();
  if constexpr (std::is_same_v<T, std::filesystem::path>) member = value.as_string().c_str();
  if constexpr (std::is_same_v<T, std::chrono::milliseconds>) member = T(value.as_int64());
  if constexpr (std::is_enum_v<T>) member = static_cast<T>(value.as_int64());
  if constexpr (std::is_same_v<T, bool>) member = value.as_bool();
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) member = value.to_number<T>();
  if constexpr (std::is_same_v<T, crypto::Sha256>) {
    const auto bytes = hex_decode(std::string_view(value.as_string()));
    if (!bytes || bytes->size() != member.size()) throw std::invalid_argument("not a secret of 32 bytes");
    std::copy(bytes->begin(), bytes->end(), member.begin());
  }
  if constexpr (std::is_same_v<T, std::vector<Listener>>) {
    for (const json::value& listener : value.as_array()) member.push_back(read<Listener>(listener.as_object()));
  }
}

template <Struct T>
json::object written(const T& value) {
  json::object out;
  each_member(const_cast<T&>(value), [&out](const char* name, auto& member) { out[name] = value_of(member); });
  return out;
}

template <Struct T>
T read(const json::object& from) {
  T out{};
  each_member(out, [&from](const char* name, auto& member) { assign(member, from.at(name)); });
  return out;
}

}  // namespace

Control::Control(boost::asio::io_context& reactor, int descriptor)
    : channel_(make_plain_channel(reactor, descriptor)) {}

Control::~Control() { close(); }

void Control::start(Events events) {
  events_ = std::move(events);
  channel_->start({[this](std::string_view bytes) { return take_lines(bytes); },
                   [this](std::string_view) { fail("the other end has closed"); }});
}

void Control::send(const json::object& message) {
  if (channel_ && !channel_->send(json::serialize(message) + "\n")) fail("the other end does not read");
}

void Control::close() {
  if (const auto channel = std::exchange(channel_, nullptr)) channel->close();
}

std::size_t Control::take_lines(std::string_view bytes) {
  std::size_t taken = 0;
  for (auto end = bytes.find('\n'); end != std::string_view::npos && channel_; end = bytes.find('\n', taken)) {
    try {
      events_.on_message(json::parse(bytes.substr(taken, end - taken)).as_object());
    } catch (const std::exception& thrown) {
      fail(thrown.what());
    }
    taken = end + 1;
  }
  return channel_ ? taken : bytes.size();
}

void Control::fail(std::string_view reason) {
  if (!channel_) return;
  log::debug("gateway", "control connection ended", {{"reason", std::string(reason)}});
  close();
  const auto on_closed = std::exchange(events_.on_closed, nullptr);
  if (on_closed) on_closed();
}

json::object to_json(const WorkerOrders& orders) { return written(orders); }
WorkerOrders orders_from_json(const json::object& message) { return read<WorkerOrders>(message); }
json::object to_json(const EventSource& source) { return written(source); }
EventSource source_from_json(const json::object& message) { return read<EventSource>(message); }

json::value to_json(const std::optional<Subscriptions>& subscriptions) {
  if (!subscriptions) return nullptr;
  json::object out;
  for (const auto& [written, full] : subscriptions->filters()) out[written] = full;
  return out;
}

std::optional<Subscriptions> subscriptions_from_json(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  Subscriptions out;
  for (const auto& [written, full] : value.as_object())
    out.add(std::string(written), std::string(std::string_view(full.as_string())));
  return out;
}

}  // namespace xl::gateway
