// SPDX-License-Identifier: Apache-2.0
// Customers' accounts in other installations: what is kept about them, and how they are reached.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/elsewhere.hpp"
#include "cloud/ports/page.hpp"

namespace xl::cloud {

class ElsewhereAccounts {
 public:
  virtual ~ElsewhereAccounts() = default;
  virtual Result<Elsewhere> find(std::string_view account_id) const = 0;
  virtual Status put(const Elsewhere& elsewhere) = 0;  ///< replaces
};

/// The outbox: what other installations are to be asked, until they have done it.
class Errands {
 public:
  virtual ~Errands() = default;
  virtual Result<Errand> find(std::string_view account_id, std::string_view fingerprint) const = 0;
  /// Of every account, in an order that lasts; those after `number`.
  virtual Result<std::vector<Numbered<Errand>>> in_stage(ErrandStage stage, std::int64_t number,
                                                         std::size_t limit) const = 0;
  /// `errand.version` must be the stored version + 1, or 1 for a new one; else conflict and nothing changes.
  virtual Status put(const Errand& errand) = 0;
  /// conflict: it has another version than this one.
  virtual Status remove(const Errand& errand) = 0;
  virtual Result<std::map<ErrandStage, std::int64_t>> counts() const = 0;
};

/// A module as an account elsewhere gets to know it.
struct ModuleElsewhere {
  std::string thing_name;
  std::string certificate_id;
  std::string certificate_pem;
  bool keeps_thing = false;  ///< Errand::keeps_thing
};

/// The customer's side of a claim when its account is in another installation. Every call may be repeated, whatever
/// became of the one before: it asks what there is and does what is missing. Blocking.
/// errors: forbidden (the account elsewhere refuses it; says what its owner must change), unavailable (no answer, or
/// not now: ask again)
class CustomerRegistry {
 public:
  virtual ~CustomerRegistry() = default;
  /// Whether the module may be sent there: credentials, the endpoint's name and certificate, and that nobody else has
  /// its name. Changes nothing. True: a thing of this name is there.
  virtual Result<bool> check(const ModuleElsewhere& module) = 0;
  /// Registers the module ACTIVE, with its thing and policy.
  virtual Status prepare(const ModuleElsewhere& module) = 0;
  /// Whether a module that is registered there would be let in: its certificate's status, and what the policies say of
  /// its CONNECT. An account that does not tell counts as one that would.
  virtual Status admits(const ModuleElsewhere& module) = 0;
  /// Detached, INACTIVE, deleted; the thing too, unless it is to be kept or somebody else speaks for it.
  virtual Status withdraw(const ModuleElsewhere& module) = 0;
  /// What is known of the thing's connection: since when it is or is not, in milliseconds of that account's clock.
  struct Presence {
    bool is_connected = false;
    std::int64_t since = 0;  ///< 0: not known
  };
  virtual Result<Presence> presence_of(std::string_view thing_name) = 0;
};

}  // namespace xl::cloud
