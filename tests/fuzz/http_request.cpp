// SPDX-License-Identifier: Apache-2.0
// What a stranger may send to the HTTP port. Input: the bytes of the connection.
#include <algorithm>

#include "fuzz/api_cloud.hpp"
#include "net/request_parser.hpp"

namespace xl::fuzz {
namespace {

using net::RequestParser;

constexpr RequestParser::Limits kLimits{16 << 10, 64 << 10};

/// nullopt: no whole request; or a fault, whose answer is known.
std::optional<net::HttpRequest> parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kLimits);
  std::string inbox;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    inbox += bytes.substr(0, piece);
    auto progress = parser.feed(inbox);
    if (progress == RequestParser::Progress::header_done) progress = parser.feed(inbox);
    if (progress == RequestParser::Progress::done) return parser.take();
    if (progress == RequestParser::Progress::failed) {
      require(parser.failure_status() >= 400 && parser.failure_status() < 600, "a fault has an answer");
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

void run(ByteView input) {
  const std::string_view bytes = as_text(input);
  auto request = parse(bytes, std::max<std::size_t>(bytes.size(), 1));
  const auto pieces = parse(bytes, 7);
  require(request.has_value() == pieces.has_value(), "pieces make no difference");
  if (!request) return;
  require(request->target == pieces->target && request->headers == pieces->headers && request->body == pieces->body,
          "pieces make no difference");
  const int status = ApiCloud::get().ask(*std::move(request)).status;
  require(status == 403, "without a signature nothing is answered");
}

}  // namespace xl::fuzz
