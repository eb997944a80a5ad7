// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace xl::gateway {

/// A bounded memory: when it is full it starts anew, which costs its users a look at the source.
template <class Key, class Value>
class Memory {
 public:
  explicit Memory(std::size_t limit) : limit_(limit) {}
  template <class K>
  const Value* find(const K& key) const {
    const auto found = values_.find(key);
    return found != values_.end() ? &found->second : nullptr;
  }
  const Value& keep(Key key, Value value) {
    if (values_.size() >= limit_) values_.clear();
    return values_.insert_or_assign(std::move(key), std::move(value)).first->second;
  }
  /// Remembers it no longer.
  std::optional<Value> take(const Key& key) {
    auto node = values_.extract(key);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
  }
  /// Forgets everything from `first` on for which `belongs(key)` holds.
  template <class K>
  void forget(const K& first, const auto& belongs) {
    for (auto it = values_.lower_bound(first); it != values_.end() && belongs(it->first);) it = values_.erase(it);
  }
  /// Looks at every key.
  void forget_if(const auto& belongs) {
    std::erase_if(values_, [&](const auto& entry) { return belongs(entry.first); });
  }
  void clear() { values_.clear(); }

 private:
  std::size_t limit_;
  std::map<Key, Value, std::less<>> values_;
};

}  // namespace xl::gateway
