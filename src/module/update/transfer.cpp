// SPDX-License-Identifier: Apache-2.0
#include "module/update/transfer.hpp"

#include <algorithm>

namespace xl::module::update {

static_assert(kImageBlockBytes > ports::ImageStore::kHeadBytes);

Transfer::Verdict Transfer::begin(const Plan& plan, ports::Millis now) {
  size_ = plan.size;
  block_bytes_ = static_cast<std::uint16_t>(plan.block_bytes);
  received_ = 0;
  filled_ = 0;
  has_begun_ = false;
  if (size_ != 0) {
    if (const Verdict verdict = store_->begin(size_); verdict != Verdict::good) return verdict;
    has_begun_ = true;
  }
  deadline_ = now + kImageTimeout;
  return Verdict::good;
}

Transfer::Event Transfer::push(Byte byte, ports::Millis now) {
  deadline_ = now + kImageTimeout;
  if (byte == '\n' && received_ == 0 && filled_ == 0) return Event::none;  // of the CR LF that ended the command
  buffer_[filled_++] = byte;
  if (size_ == 0 && filled_ == ports::ImageStore::kHeadBytes) size_ = told_size();
  return filled_ < block_end() ? Event::none : store_block();
}

/// One that ends before its head does is none, nor is one that is longer than a host may name.
std::uint32_t Transfer::told_size() const {
  const std::uint32_t size = store_->size_of(ByteView(buffer_).first(filled_));
  return size < filled_ || size > kImageBytesMax ? 0 : size;
}

/// Of what is no image a whole block is awaited, too, so that it is not taken for commands.
std::size_t Transfer::block_end() const {
  return size_ == 0 ? block_bytes_ : std::min<std::size_t>(block_bytes_, size_ - received_);
}

Transfer::Event Transfer::store_block() {
  if (size_ == 0) return refuse(Verdict::damaged);
  if (!has_begun_) {
    if (const Verdict verdict = store_->begin(size_); verdict != Verdict::good) return refuse(verdict);
    has_begun_ = true;
  }
  if (!store_->append(ByteView(buffer_).first(filled_))) return refuse(Verdict::no_room);
  received_ += filled_;
  filled_ = 0;
  return received_ == size_ ? Event::complete : Event::block;
}

Transfer::Event Transfer::refuse(Verdict why) {
  verdict_ = give_up(why);
  return Event::refused;
}

Transfer::Verdict Transfer::finish(std::string_view signer_pem) {
  if (const Verdict verdict = store_->finish(signer_pem); verdict != Verdict::good) return give_up(verdict);
  if (!store_->activate()) return give_up(Verdict::no_room);
  deadline_.reset();
  return Verdict::good;
}

Transfer::Verdict Transfer::give_up(Verdict why) {
  cancel();
  return why;
}

void Transfer::cancel() {
  if (!is_active()) return;
  deadline_.reset();
  store_->abort();
}

}  // namespace xl::module::update
