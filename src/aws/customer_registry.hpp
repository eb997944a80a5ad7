// SPDX-License-Identifier: Apache-2.0
// A customer's account of AWS IoT, or of another installation, by the API that both have.
#pragma once
#include <memory>
#include <stop_token>

#include "cloud/ports/elsewhere.hpp"
#include "crypto/aead.hpp"

namespace xl::aws {

/// Of the account there its owner has to allow: iot:DescribeEndpoint, RegisterCertificateWithoutCA, RegisterThing with
/// what it implies (CreateThing, UpdateThing, AttachThingPrincipal, UpdateCertificate, CreatePolicy, AttachPolicy),
/// DescribeCertificate, ListThingPrincipals, ListPrincipalThings, ListAttachedPolicies, DetachThingPrincipal,
/// DetachPolicy, DeleteThing, DeleteCertificate, and GetThingConnectivityData. `master_key` unseals the secret; a call
/// that is under way ends when `stop` is requested. errors: corrupt (the secret cannot be unsealed)
Result<std::unique_ptr<cloud::CustomerRegistry>> make_customer_registry(const cloud::Elsewhere& elsewhere,
                                                                        const crypto::AeadKey& master_key,
                                                                        std::stop_token stop);

}  // namespace xl::aws
