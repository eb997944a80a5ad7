// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "at/command_spec.hpp"
#include "at/reply.hpp"

namespace xl::module {

class Core;

namespace commands {

using CommandSpec = at::CommandSpec<Core>;
using at::Argument;
using at::Arguments;
using at::AtError;
using at::Reply;
using at::States;
using at::Suffix;

}  // namespace commands
}  // namespace xl::module
