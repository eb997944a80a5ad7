// SPDX-License-Identifier: Apache-2.0
// Failures as AWS clients know them: exception name, HTTP status, message.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "crypto/sigv4.hpp"

namespace xl::api {

struct Exception {
  std::string_view name;
  int status;
};

/// source: the AWS IoT service model; the statuses that surprise (406, 410) are AWS's.
namespace exceptions {
inline constexpr Exception kInvalidRequest{"InvalidRequestException", 400};
inline constexpr Exception kSerialization{"SerializationException", 400};
inline constexpr Exception kCertificateValidation{"CertificateValidationException", 400};
inline constexpr Exception kRegistrationCodeValidation{"RegistrationCodeValidationException", 400};
inline constexpr Exception kMalformedPolicy{"MalformedPolicyException", 400};
inline constexpr Exception kRegistrationFailure{"ResourceRegistrationFailureException", 400};
inline constexpr Exception kUnauthorized{"UnauthorizedException", 401};
inline constexpr Exception kInvalidSignature{"InvalidSignatureException", 403};
inline constexpr Exception kAccessDenied{"AccessDeniedException", 403};
inline constexpr Exception kClaimRefused{"ClaimRefusedException", 403};  // our own
inline constexpr Exception kResourceNotFound{"ResourceNotFoundException", 404};
inline constexpr Exception kUnknownOperation{"UnknownOperationException", 404};
inline constexpr Exception kMethodNotAllowed{"MethodNotAllowedException", 405};
inline constexpr Exception kCertificateState{"CertificateStateException", 406};
inline constexpr Exception kCertificateConflict{"CertificateConflictException", 409};
inline constexpr Exception kTransferConflict{"TransferConflictException", 409};
inline constexpr Exception kVersionConflict{"VersionConflictException", 409};
inline constexpr Exception kTransferAlreadyCompleted{"TransferAlreadyCompletedException", 410};
inline constexpr Exception kResourceAlreadyExists{"ResourceAlreadyExistsException", 409};
inline constexpr Exception kDeleteConflict{"DeleteConflictException", 409};
inline constexpr Exception kVersionsLimitExceeded{"VersionsLimitExceededException", 409};
inline constexpr Exception kConflict{"ConflictingResourceUpdateException", 409};
inline constexpr Exception kLimitExceeded{"LimitExceededException", 410};
inline constexpr Exception kRequestTooLarge{"RequestEntityTooLargeException", 413};
inline constexpr Exception kUpgradeRequired{"UpgradeRequiredException", 426};
inline constexpr Exception kThrottling{"ThrottlingException", 429};
inline constexpr Exception kInternalFailure{"InternalFailureException", 500};
inline constexpr Exception kNotImplemented{"NotImplementedException", 501};
inline constexpr Exception kServiceUnavailable{"ServiceUnavailableException", 503};
}  // namespace exceptions

struct Fault {
  Exception exception;
  std::string message;
  std::vector<std::pair<std::string, std::string>> members;  ///< beside `message`: resourceId, resourceArn

  Fault(const Exception& kind, std::string text, std::vector<std::pair<std::string, std::string>> more = {})
      : exception(kind), message(std::move(text)), members(std::move(more)) {}
  /// The one translation of our errors. Implicit, so that XL_TRY carries a Result's error into an Outcome.
  Fault(const Error& error);  // NOLINT(google-explicit-constructor)
};

/// `sts` speaks the older names ("SignatureDoesNotMatch" for "InvalidSignatureException").
Fault fault_of(const crypto::SigV4Rejection& rejection, bool sts);

inline tl::unexpected<Fault> fail(Fault fault) { return tl::unexpected<Fault>(std::move(fault)); }
inline tl::unexpected<Fault> fail(const Exception& exception, std::string message) {
  return tl::unexpected<Fault>(Fault(exception, std::move(message)));
}

}  // namespace xl::api
