// SPDX-License-Identifier: Apache-2.0
#include "api/fault.hpp"

#include "base/log.hpp"

namespace xl::api {
namespace {

Exception exception_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return exceptions::kInvalidRequest;
    case Errc::not_found:
      return exceptions::kResourceNotFound;
    case Errc::already_exists:
      return exceptions::kResourceAlreadyExists;
    case Errc::conflict:
      return exceptions::kConflict;
    case Errc::forbidden:
      return exceptions::kUnauthorized;
    case Errc::unavailable:
      return exceptions::kServiceUnavailable;
    case Errc::io:
    case Errc::corrupt:
    case Errc::internal:
      return exceptions::kInternalFailure;
  }
  return exceptions::kInternalFailure;
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// Our own failures are for the operator's log, not for the client.
std::string message_of(const Error& error) {
  if (exception_of(error.code).status < 500) return capitalized(error.detail);
  log::error("api", "a request failed on our side", {{"detail", error.detail}});
  return error.code == Errc::unavailable ? "The service is temporarily unavailable."
                                         : "An internal error occurred; the log of the server says more.";
}

struct Names {
  std::string_view iot;
  std::string_view sts;
};

Names names_of(crypto::SigV4Fault fault) {
  switch (fault) {
    case crypto::SigV4Fault::missing_authentication:
      return {"MissingAuthenticationTokenException", "MissingAuthenticationToken"};
    case crypto::SigV4Fault::incomplete_signature:
      return {"IncompleteSignatureException", "IncompleteSignature"};
    case crypto::SigV4Fault::unknown_key:
      return {"UnrecognizedClientException", "InvalidClientTokenId"};
    case crypto::SigV4Fault::expired_token:
      return {"ExpiredTokenException", "ExpiredToken"};
    case crypto::SigV4Fault::bad_signature:
    case crypto::SigV4Fault::expired:
    case crypto::SigV4Fault::not_yet_valid:
      return {"InvalidSignatureException", "SignatureDoesNotMatch"};
  }
  return {"InvalidSignatureException", "SignatureDoesNotMatch"};
}

}  // namespace

Fault::Fault(const Error& error) : exception(exception_of(error.code)), message(message_of(error)) {}

Fault fault_of(const crypto::SigV4Rejection& rejection, bool sts) {
  const Names names = names_of(rejection.fault);
  return {Exception{sts ? names.sts : names.iot, 403}, rejection.message};
}

}  // namespace xl::api
