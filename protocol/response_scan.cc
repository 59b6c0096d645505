#include "protocol/response_scan.h"

#include "protocol/limits.h"
#include "protocol/wire_format.h"

#include <utility>

namespace sfg {

using wire_format::address_size;
using wire_format::field_size;
using wire_format::kUnsetType;
using wire_format::typed_head_size;
using wire_format::write_message_head;
using wire_format::Writer;

namespace {

constexpr std::uint32_t tag_of_bytes(std::uint32_t field) {
    return field << 3 | 2;
}

constexpr std::uint32_t tag_of_number(std::uint32_t field) {
    return field << 3;
}

// The fields of one message. Every function says false for what the general reader must look at.
class Fields {
public:
    explicit Fields(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

    [[nodiscard]] bool done() const { return at_ == end_; }

    [[nodiscard]] bool tag(std::uint32_t& tag) { return small(tag) && tag >= 8; }

    [[nodiscard]] bool bytes(std::string_view& value) {
        std::uint32_t size = 0;
        if (!small(size) || size > static_cast<std::size_t>(end_ - at_)) {
            return false;
        }
        value = {at_, size};
        at_ += size;
        return true;
    }

    [[nodiscard]] bool text(std::string_view& value) { return bytes(value) && is_utf8(value); }

    [[nodiscard]] bool text(std::string& value) {
        std::string_view view;
        bool fits = text(view);
        value = view;
        return fits;
    }

    // Of a bool or an enum of two.
    [[nodiscard]] bool flag(bool& value) {
        std::uint32_t number = 0;
        if (!small(number) || number > 1) {
            return false;
        }
        value = number == 1;
        return true;
    }

private:
    // A number below 2^28.
    bool small(std::uint32_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 28 && at_ != end_; shift += 7) {
            auto byte = static_cast<unsigned char>(*at_++);
            value |= static_cast<std::uint32_t>(byte & 0x7fU) << shift;
            if (byte < 0x80) {
                return true;
            }
        }
        return false;
    }

    const char* at_;
    const char* end_;
};

// take(fields, tag) for each field of a message that has none twice.
template <typename Take>
bool each_field(std::string_view bytes, Take&& take) {
    Fields fields(bytes);
    std::uint32_t seen = 0;
    while (!fields.done()) {
        std::uint32_t tag = 0;
        if (!fields.tag(tag) || tag / 8 > 31 || (seen & 1U << tag / 8) != 0) {
            return false;
        }
        seen |= 1U << tag / 8;
        if (!take(fields, tag)) {
            return false;
        }
    }
    return true;
}

struct TypedView {
    std::string_view type_name;
    bool has_value = false;
    std::string_view value;

    // Reads the field of another message that it is.
    [[nodiscard]] bool read(Fields& from) {
        std::string_view bytes;
        return from.bytes(bytes) && each_field(bytes, [this](Fields& fields, std::uint32_t tag) {
                   switch (tag) {
                       case tag_of_bytes(1):
                           return fields.text(type_name);
                       case tag_of_number(2):
                           return fields.flag(has_value);
                       case tag_of_bytes(3):
                           return fields.bytes(value);
                       default:
                           return false;
                   }
               });
    }

    [[nodiscard]] std::size_t size() const {
        return typed_head_size(type_name, value.size()) - (has_value ? 0 : 2) + value.size();
    }

    void write(Writer& out) const {
        out.text_field(1, type_name);
        if (has_value) {
            out.byte(tag_of_number(2));
            out.byte(1);
        }
        out.text_field(3, value);
    }
};

bool read(Fields& from, Address& address) {
    std::string_view bytes;
    return from.bytes(bytes) && each_field(bytes, [&](Fields& fields, std::uint32_t tag) {
               switch (tag) {
                   case tag_of_bytes(1):
                       return fields.text(address.type.ns);
                   case tag_of_bytes(2):
                       return fields.text(address.type.name);
                   case tag_of_bytes(3):
                       return fields.text(address.id);
                   default:
                       return false;
               }
           });
}

class Scan {
public:
    Scan(const Address& self, PartitionId home, InvocationResult& result)
        : self_(self),
          home_(home),
          result_(result) {}

    bool effects(std::string_view bytes) {
        Fields fields(bytes);
        for (std::size_t effects = 0; !fields.done(); ++effects) {
            std::uint32_t tag = 0;
            std::string_view effect;
            if (effects == kEffectsPerResponseMax || !fields.tag(tag) || tag % 8 != 2 ||
                !fields.bytes(effect)) {
                return false;
            }
            bool fits = tag == tag_of_bytes(1)   ? mutation(effect)
                        : tag == tag_of_bytes(2) ? message(effect)
                        : tag == tag_of_bytes(4) ? record(effect)
                                                 : false;
            if (!fits) {
                return false;
            }
        }
        return true;
    }

private:
    bool mutation(std::string_view bytes) {
        StateMutation& mutation = result_.mutations.emplace_back();
        bool is_modify = false;
        TypedView value;
        bool fits = each_field(bytes, [&](Fields& fields, std::uint32_t tag) {
            switch (tag) {
                case tag_of_number(1):
                    return fields.flag(is_modify);
                case tag_of_bytes(2):
                    return fields.text(mutation.name);
                case tag_of_bytes(3):
                    return value.read(fields);
                default:
                    return false;
            }
        });
        mutation.is_delete = !is_modify;
        if (fits && is_modify) {
            value.type_name = value.type_name.empty() ? kUnsetType : value.type_name;
            value.has_value = true;  // StateFun stores the bytes whatever it says.
            mutation.stored = stored(value, kStateHeadBytes);
        }
        result_.bytes += mutation.stored.size();
        return fits;
    }

    bool message(std::string_view bytes) {
        OutgoingMessage& message = result_.messages.emplace_back();
        TypedView argument;
        bool fits = each_field(bytes, [&](Fields& fields, std::uint32_t tag) {
            switch (tag) {
                case tag_of_bytes(1):
                    return read(fields, message.target);
                case tag_of_bytes(2):
                    return argument.read(fields);
                default:
                    return false;
            }
        });
        if (!fits) {
            return false;
        }
        std::size_t caller_size = address_size(self_);
        std::size_t argument_size = argument.size();
        message.stored = SharedBytes::uninitialized(
            kMessageHeadBytes + field_size(caller_size) + field_size(argument_size)
        );
        Writer out(message.stored.mutable_data());
        write_message_head(out, home_);
        out.head(1, caller_size);
        out.address(self_);
        out.head(2, argument_size);
        argument.write(out);
        result_.bytes += message.stored.size();
        return true;
    }

    bool record(std::string_view bytes) {
        EgressRecord& record = result_.egress.emplace_back();
        TypedView value;
        bool fits = each_field(bytes, [&](Fields& fields, std::uint32_t tag) {
            switch (tag) {
                case tag_of_bytes(1):
                    return fields.text(record.egress.ns);
                case tag_of_bytes(2):
                    return fields.text(record.egress.name);
                case tag_of_bytes(3):
                    return value.read(fields);
                default:
                    return false;
            }
        });
        if (!fits) {
            return false;
        }
        record.typed_value = stored(value, 0);
        record.choice = choose_lane(record.egress, record.typed_value.view());
        result_.bytes += record.typed_value.size();
        return true;
    }

    // The encoded value behind so many zero bytes.
    static SharedBytes stored(const TypedView& value, std::size_t head_bytes) {
        SharedBytes bytes = SharedBytes::uninitialized(head_bytes + value.size());
        if (!bytes.empty()) {
            std::memset(bytes.mutable_data(), 0, head_bytes);
            Writer out(bytes.mutable_data() + head_bytes);
            value.write(out);
        }
        return bytes;
    }

    const Address& self_;
    const PartitionId home_;
    InvocationResult& result_;
};

}  // namespace

bool scan_result(
    const Address& self,
    PartitionId home,
    std::string_view body,
    InvocationResult& result
) {
    Fields fields(body);
    std::uint32_t tag = 0;
    std::string_view effects;
    return !fields.done() && fields.tag(tag) && tag == tag_of_bytes(100) && fields.bytes(effects) &&
           fields.done() && Scan(self, home, result).effects(effects);
}

}  // namespace sfg
