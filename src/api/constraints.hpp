// SPDX-License-Identifier: Apache-2.0
// The service model's value rules, which AWS clients do not check themselves, and AWS's words for breaking them.
#pragma once
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/request.hpp"

namespace xl::api {

struct TextRule {
  std::size_t length_min;
  std::size_t length_max;
  bool (*allowed)(char);     ///< nullptr: any character
  std::string_view pattern;  ///< as AWS prints it
};

/// source: the AWS IoT service model, value constraints of the shapes named
namespace rules {
extern const TextRule kThingName;
extern const TextRule kPolicyName;
extern const TextRule kPolicyDocument;
extern const TextRule kPolicyVersionId;
extern const TextRule kCertificateId;
extern const TextRule kCertificatePem;
extern const TextRule kCertificateSigningRequest;
extern const TextRule kAwsAccountId;
extern const TextRule kMessage;
extern const TextRule kTemplateName;
extern const TextRule kTemplateBody;
extern const TextRule kTemplateDescription;
extern const TextRule kRoleArn;
extern const TextRule kDescription;
extern const TextRule kTagKey;
extern const TextRule kTagValue;
extern const TextRule kParameterName;
extern const TextRule kParameterValue;
extern const TextRule kTaskId;
extern const TextRule kBucketName;
extern const TextRule kObjectKey;
extern const TextRule kAttributeName;
extern const TextRule kAttributeValue;
extern const TextRule kEndpointType;
extern const TextRule kMarker;
extern const TextRule kAnyText;
}  // namespace rules

using Choices = std::initializer_list<std::string_view>;

/// Reads members and collects what is wrong with them; result() names every fault at once, as AWS does.
class Constraints {
 public:
  std::string header(const Request& request, std::string_view header, std::string_view name, const TextRule& rule);
  std::string label(const Request& request, std::string_view name, const TextRule& rule);
  std::optional<std::string> text(const boost::json::object& object, std::string_view name, const TextRule& rule);
  std::string required_text(const boost::json::object& object, std::string_view name, const TextRule& rule);
  std::optional<std::string> choice(const boost::json::object& object, std::string_view name, Choices choices);
  std::optional<bool> flag(const boost::json::object& object, std::string_view name);
  std::optional<std::int64_t> number(const boost::json::object& object, std::string_view name);
  std::optional<std::vector<std::string>> texts(const boost::json::object& object, std::string_view name,
                                                const TextRule& rule);
  std::optional<std::map<std::string, std::string>> text_map(const boost::json::object& object, std::string_view name,
                                                             const TextRule& key_rule, const TextRule& value_rule);
  std::vector<std::string> required_texts(const boost::json::object& object, std::string_view name,
                                          const TextRule& rule);
  std::optional<std::vector<boost::json::object>> objects(const boost::json::object& parent, std::string_view name);
  std::vector<boost::json::object> required_objects(const boost::json::object& parent, std::string_view name);
  std::optional<boost::json::object> object(const boost::json::object& parent, std::string_view name);
  boost::json::object required_object(const boost::json::object& parent, std::string_view name);

  std::optional<std::string> query_text(const Request& request, std::string_view name, const TextRule& rule);
  std::optional<std::string> query_choice(const Request& request, std::string_view name, Choices choices);
  std::string required_query_text(const Request& request, std::string_view name, const TextRule& rule);
  std::string required_query_choice(const Request& request, std::string_view name, Choices choices);
  std::size_t query_number(const Request& request, std::string_view name, std::size_t least, std::size_t most,
                           std::size_t fallback);
  std::optional<std::int64_t> query_integer(const Request& request, std::string_view name);
  std::optional<bool> query_flag(const Request& request, std::string_view name);

  /// A rule of the operation's own. `value`: nullopt when there is none, or none worth repeating.
  void broken(std::string_view name, const std::optional<std::string>& value, std::string constraint);

  /// Asked before anything is looked up: a request that no registry could serve is not answered with what this one
  /// lacks. errors: InvalidRequestException
  tl::expected<void, Fault> result() const;

 private:
  /// A member that `read` must find, whatever else it finds wrong.
  template <class Read>
  auto required(std::string_view name, const Read& read);
  void check(std::string_view name, const std::string& value, const TextRule& rule);
  void check(std::string_view name, const std::string& value, Choices choices);
  std::vector<std::string> faults_;
};

}  // namespace xl::api
