// SPDX-License-Identifier: Apache-2.0
// What a supervisor tells its gateway workers.
#include "gateway/control.hpp"

#include <gtest/gtest.h>

namespace xl::gateway {
namespace {
namespace json = boost::json;
using std::chrono::milliseconds;

WorkerOrders orders_without_a_default() {
  WorkerOrders out;
  out.options = {
      .listeners = {{"0.0.0.0", 1}, {"::1", 2}},
      .domain = "iot.example",
      .region = "eu-west-1",
      .tls_certificate_chain_pem = "a chain\nof two",
      .tls_private_key_pem = "a \"key\"",
      .public_url = "https://cloud.example",
      .engine_socket = "/run/engine.sock",
      .unproven_attempts = {3, 0.25},
      .connects_per_certificate = {4, 0.5},
      .limits = {},
      .processes = 5,
      .drop_first_connection = true,
      .deadlines = {milliseconds(11), milliseconds(12), milliseconds(13), milliseconds(14), milliseconds(15)},
      .claim_times = {milliseconds(16), milliseconds(17), milliseconds(24), milliseconds(18), milliseconds(19),
                      milliseconds(20), 21},
      .device_ca_certificate_pem = "a CA",
      .device_ca_private_key_pem = "its key"};
  out.options.ownership_key.fill(0x5A);
  for (std::size_t i = 0; i < cloud::limits::kLimits; ++i)
    out.options.limits.set(static_cast<cloud::limits::Limit>(i), i);
  out.ticket_seed.secret.fill(0xA5);
  out.ticket_seed.hour = 16;
  out.registry_file = "/var/registry.db";
  out.service_client_id = "service-2";
  out.log_level = log::Level::debug;
  out.supervisor_pid = 17;
  return out;
}

/// The members, flat: {"options.deadlines.connect": 11, …}.
std::map<std::string, std::string> flat(const json::object& object, const std::string& prefix = "") {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : object) {
    const std::string path = prefix + std::string(name);
    if (value.is_object())
      out.merge(flat(value.as_object(), path + "."));
    else
      out[path] = json::serialize(value);
  }
  return out;
}

TEST(Orders, ReachAWorkerUnchangedToTheLastMember) {
  const auto told = flat(to_json(orders_without_a_default()));
  const auto unset = flat(to_json(WorkerOrders{}));
  for (const auto& [name, value] : told) EXPECT_NE(value, unset.at(name)) << name << " shows nothing in this test";
  const json::value line = json::parse(json::serialize(to_json(orders_without_a_default())));
  EXPECT_EQ(flat(to_json(orders_from_json(line.as_object()))), told);
}

TEST(Orders, ThatLackAMemberAreRefused) {
  json::object lacking = to_json(orders_without_a_default());
  lacking.at("options").as_object().at("deadlines").as_object().erase("patience");
  EXPECT_THROW(orders_from_json(lacking), std::exception);
}

}  // namespace
}  // namespace xl::gateway
