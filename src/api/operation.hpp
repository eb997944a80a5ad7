// SPDX-License-Identifier: Apache-2.0
// One AWS operation is one row: name, route, how its body is read, its handler, and who may call it.
#pragma once
#include <functional>
#include <span>
#include <string_view>

#include "api/api.hpp"
#include "api/bulk/bell.hpp"
#include "api/reply.hpp"
#include "api/request.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

struct Site {
  const ApiOptions& options;
  cloud::MessageBus& bus;
  cloud::RegistryStore& store;            ///< for what a reader must note; changes are Changes
  std::shared_ptr<bulk::Bell> bulk_bell;  ///< rung when a bulk registration was added; absent: none can be run
};

/// Runs on the HTTP thread over a read-only view; does not block. One that takes long runs on another thread: see
/// Operation::slow.
using ReadHandler = Outcome(const Request& request, const cloud::Registry& registry, const Site& site);
using Read = ReadHandler*;
/// Runs later on the writer's thread, in a transaction that a Fault rolls back.
using Change = std::function<Outcome(cloud::Registry& registry)>;
/// Checks the request on the HTTP thread and says what is to be changed. The Change keeps copies, nothing of the
/// request. A plan that takes long is made on another thread: see Operation::slow.
using PlanHandler = tl::expected<Change, Fault>(const Request& request, const Site& site);
using Plan = PlanHandler*;

enum class Body { json, bytes };

/// Who may call an operation; administrators call every one.
struct Roles {
  bool claim_only = false, read_only = false;
  constexpr bool contain(cloud::Role role) const {
    return role == cloud::Role::admin || (role == cloud::Role::claim_only ? claim_only : read_only);
  }
};

struct Operation {
  std::string_view name;
  std::string_view method;
  std::string_view path;  ///< "/things/{thingName}"; "{topic+}" takes the rest of the path
  Read read = nullptr;    ///< exactly one of read and plan
  Plan plan = nullptr;
  Body body = Body::json;
  Roles roles = {};
  bool slow = false;  ///< it takes longer than other requests should wait for it
};

/// A row of the service model; most are not served.
struct KnownOperation {
  std::string_view name;
  std::string_view method;
  std::string_view path;
};

std::span<const Operation> served_operations();      ///< sorted by name
std::span<const KnownOperation> known_operations();  ///< sorted by name

}  // namespace xl::api
