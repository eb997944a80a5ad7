// SPDX-License-Identifier: Apache-2.0
// WebSocket frames of strangers with an access key. Input: a byte that says how long the pieces are, then the stream.
#include "gateway/websocket_frames.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"

namespace xl::fuzz {
namespace {

using gateway::websocket::CloseCode;
using gateway::websocket::FrameReader;

struct Heard {
  std::string data, pings;
  int closes = 0;
  std::optional<CloseCode> fault;
  bool operator==(const Heard&) const = default;
};

Heard hear(std::string_view stream, std::size_t piece) {
  FrameReader reader;
  Heard heard;
  const FrameReader::Sink sink{[&](std::string_view data) {
                                 require(!data.empty(), "no empty data");
                                 heard.data += data;
                               },
                               [&](std::string_view ping) {
                                 require(ping.size() <= 125, "a control frame is short");
                                 heard.pings.append(ping).append("|");
                               },
                               [&] { ++heard.closes; }};
  for (; !stream.empty() && !heard.fault; stream.remove_prefix(std::min(piece, stream.size()))) {
    const bool was_closed = heard.closes > 0;
    heard.fault = reader.feed(stream.substr(0, piece), sink);
    require(!was_closed || !heard.fault, "what comes after a close is ignored");
  }
  return heard;
}

}  // namespace

void run(ByteView input) {
  if (input.empty()) return;
  const std::string_view stream = as_text(input.subspan(1));
  const Heard whole = hear(stream, std::max<std::size_t>(stream.size(), 1));
  require(whole.data.size() + whole.pings.size() <= stream.size(), "no more comes out than went in");
  require(whole.closes <= 1, "closed once");
  require(whole == hear(stream, input[0] % 32 + 1U), "pieces make no difference");
}

}  // namespace xl::fuzz
