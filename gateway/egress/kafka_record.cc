#include "gateway/egress/kafka_record.h"

#include "gateway/ingress/typed_view.h"
#include "protocol/egress.pb.h"

#include <utility>

namespace sfg::egress {

std::variant<KafkaRecord, std::string> parse_kafka_record(std::string_view typed_value) {
    auto view = ingress::view_typed_value(typed_value);
    if (!view || view->type_name != kKafkaRecordType) {
        std::string is = view ? std::string(view->type_name.substr(0, 200)) : "unreadable";
        return "a Kafka egress takes " + std::string(kKafkaRecordType) + "; this is " + is;
    }
    io::statefun::sdk::egress::KafkaProducerRecord record;
    if (!record.ParseFromArray(view->value.data(), static_cast<int>(view->value.size()))) {
        return "the record is no KafkaProducerRecord, or its key or topic is no UTF-8";
    }
    if (record.topic().empty()) {
        return "the record names no topic";
    }
    KafkaRecord made;
    made.topic = std::move(*record.mutable_topic());
    if (!record.key().empty()) {
        made.key = std::move(*record.mutable_key());
    }
    made.value = std::move(*record.mutable_value_bytes());
    return made;
}

}  // namespace sfg::egress
