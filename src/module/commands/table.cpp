// SPDX-License-Identifier: Apache-2.0
#include "module/commands/table.hpp"

#include <array>

#include "module/commands/configuration.hpp"
#include "module/commands/confmode.hpp"
#include "module/commands/connect.hpp"
#include "module/commands/diag.hpp"
#include "module/commands/event.hpp"
#include "module/commands/messaging.hpp"
#include "module/commands/otw.hpp"
#include "module/commands/reset.hpp"
#include "module/commands/sleep.hpp"
#include "module/commands/time.hpp"
#include "module/commands/unavailable.hpp"

namespace xl::module::commands {
namespace {

constexpr std::array kCommands{
    kConf,       kConfQuery,  kConfmode,     kConnect,   kConnectAsync, kConnectQuery, kDiag,
    kDisconnect, kEventQuery, kFactoryReset, kGet,       kOtw,          kReset,        kSend,
    kShadow,     kSleep,      kSubscribe,    kTimeQuery, kUnsubscribe,  kWhereQuery,
};
static_assert(at::is_sorted_and_unique(kCommands));

}  // namespace

std::span<const CommandSpec> table() { return kCommands; }

}  // namespace xl::module::commands
