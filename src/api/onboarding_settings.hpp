// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "api/api.hpp"
#include "cloud/onboarding/claims.hpp"

namespace xl::api {

/// What the claims API works with, for others who claim modules too.
cloud::onboarding::Settings onboarding_settings(const ApiOptions& options);

}  // namespace xl::api
