#include "storage/key_codec.h"

#include <catch2/catch.hpp>

#include <random>
#include <tuple>
#include <vector>

using namespace sfg;
using namespace sfg::storage;
using namespace std::string_literals;

namespace {

// Texts that are near to each other in the ways that matter: prefixes, NUL, FF, nothing.
std::string random_text(std::mt19937_64& random) {
    std::string text;
    for (std::size_t i = random() % 6; i > 0; --i) {
        text += "\x00\x01\x02/%a\xfe\xff"[random() % 8];
    }
    return text;
}

Address random_address(std::mt19937_64& random) {
    return {{random_text(random), random_text(random)}, random_text(random)};
}

}  // namespace

TEST_CASE("the order of keys is the order of their parts", "[key_codec]") {
    std::mt19937_64 random(1);
    for (int round = 0; round < 50'000; ++round) {
        Address left = random_address(random);
        Address right = random() % 3 == 0 ? left : random_address(random);
        MessageKey first{CommitNumber{random() % 3 << (random() % 60)}, 0};
        MessageKey second{CommitNumber{random() % 3 << (random() % 60)}, 0};
        first.index = static_cast<std::uint32_t>(random());
        second.index = static_cast<std::uint32_t>(random());
        std::string left_key = entity_prefix(7, Table::message, left);
        std::string right_key = entity_prefix(7, Table::message, right);
        append_message_key(left_key, first);
        append_message_key(right_key, second);

        REQUIRE((left_key <=> right_key) == (std::tie(left, first) <=> std::tie(right, second)));
    }
}

TEST_CASE("a key's parts can be read again", "[key_codec]") {
    std::mt19937_64 random(2);
    for (int round = 0; round < 20'000; ++round) {
        Address address = random_address(random);
        std::uint64_t large = random();
        auto small = static_cast<std::uint32_t>(random());
        std::string key = entity_prefix(300, Table::state, address);
        append_u64(key, large);
        append_u32(key, small);

        KeyReader reader(key, kPartitionPrefixBytes);
        REQUIRE(reader.address() == address);
        REQUIRE(reader.u64() == large);
        REQUIRE(reader.u32() == small);
        REQUIRE(reader.rest().empty());
    }
}

TEST_CASE("a key that is put together from its parts is the entity's key", "[key_codec]") {
    std::mt19937_64 random(4);
    for (int round = 0; round < 20'000; ++round) {
        Address address = random_address(random);
        std::string state = random_text(random);
        std::string type = escaped_type(address.type);
        std::string key = entity_prefix(300, Table::state, address);
        REQUIRE(to_string(RowKey{300, Table::state, type, address.id}) == key);
        append_text(key, state);
        REQUIRE(to_string(RowKey{300, Table::state, type, address.id, state}) == key);
    }
    REQUIRE(
        to_string(RowKey{300, Table::partition_row}) == partition_prefix(300, Table::partition_row)
    );
}

TEST_CASE("an id of 64 KiB of any byte survives", "[key_codec]") {
    for (char byte : {'\x00', '\x01', '\xff', '%', '/'}) {
        Address address{{"ns", "type"}, std::string(64 << 10, byte)};
        std::string key = entity_prefix(0, Table::entity, address);
        REQUIRE(KeyReader(key, kPartitionPrefixBytes).address() == address);
    }
}

TEST_CASE("empty parts are kept apart from each other", "[key_codec]") {
    std::vector<Address> addresses{
        {{"", ""}, ""}, {{"", ""}, "a"}, {{"", "a"}, ""}, {{"a", ""}, ""}, {{"", ""}, "\0"s}
    };
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        for (std::size_t j = 0; j < addresses.size(); ++j) {
            bool equal = entity_prefix(1, Table::state, addresses[i]) ==
                         entity_prefix(1, Table::state, addresses[j]);
            REQUIRE(equal == (i == j));
        }
    }
}

TEST_CASE("the keys of an entity are a range that holds no other entity's", "[key_codec]") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 20'000; ++round) {
        Address own = random_address(random);
        Address other = random_address(random);
        std::string prefix = entity_prefix(5, Table::message, own);
        std::string end = prefix_end(prefix);
        std::string key = entity_prefix(5, Table::message, other);
        append_message_key(key, {CommitNumber{random()}, 1});

        bool inside = prefix <= key && key < end;
        REQUIRE(inside == (own == other));
    }
}

TEST_CASE("a partition and a table are ranges", "[key_codec]") {
    std::string key = entity_prefix(255, Table::state, {{"\xff", "\xff"}, "\xff\xff"});
    REQUIRE(key >= partition_prefix(255, Table::state));
    REQUIRE(key < prefix_end(partition_prefix(255, Table::state)));
    REQUIRE(key < partition_prefix(255, Table::message));
    REQUIRE(key < partition_prefix(256, Table::partition_row));
    REQUIRE(system_prefix(Table::refused) < partition_prefix(0, Table::partition_row));
    REQUIRE(prefix_end("a\xff\xff") == "b");
}

TEST_CASE("a message key of 12 bytes reads back and orders by number, then index", "[key_codec]") {
    std::string low;
    std::string high;
    append_message_key(low, {CommitNumber{255}, 0xffffffffU});
    append_message_key(high, {CommitNumber{256}, 0});
    REQUIRE(low.size() == kMessageKeyBytes);
    REQUIRE(low < high);
    REQUIRE(read_message_key(low) == MessageKey{CommitNumber{255}, 0xffffffffU});
    REQUIRE(read_message_key(high) == MessageKey{CommitNumber{256}, 0});
}

TEST_CASE("a malformed key is read as nothing", "[key_codec]") {
    REQUIRE_FALSE(KeyReader("", 0).text());
    REQUIRE_FALSE(KeyReader("abc", 0).text());
    REQUIRE_FALSE(KeyReader("abc\0"s, 0).text());
    REQUIRE_FALSE(KeyReader("abc\0\x02"s, 0).text());
    REQUIRE_FALSE(KeyReader("1234567", 0).u64());
    REQUIRE_FALSE(KeyReader("123", 0).u32());
    REQUIRE_FALSE(KeyReader("ns\0\x01type\0\x01"s, 0).address());
}

TEST_CASE("a range within one mailbox is known as such", "[key_codec]") {
    std::mt19937_64 random(4);
    for (int round = 0; round < 20'000; ++round) {
        std::string mailbox = entity_prefix(5, Table::message, random_address(random));
        std::string from = mailbox;
        std::string to = mailbox;
        append_message_key(from, {CommitNumber{random()}, 7});
        append_message_key(to, {CommitNumber{random()}, 7});
        REQUIRE(mailbox_of_row(from) == mailbox);
        REQUIRE(mailbox_of_range(mailbox, prefix_end(mailbox)) == mailbox);
        REQUIRE(mailbox_of_range(from, to) == mailbox);
        REQUIRE(mailbox_of_range(from, prefix_end(mailbox)) == mailbox);

        std::string other = entity_prefix(5, Table::message, random_address(random));
        if (other != mailbox) {
            REQUIRE_FALSE(mailbox_of_range(from, prefix_end(other)));
            append_message_key(other, {CommitNumber{random()}, 7});
            REQUIRE_FALSE(mailbox_of_range(from, other));
        }
        // What several mailboxes have in common is none.
        std::string cut = mailbox.substr(0, kPartitionPrefixBytes + random() % 3);
        REQUIRE_FALSE(mailbox_of_range(cut, prefix_end(mailbox)));
    }
    REQUIRE_FALSE(mailbox_of_range("", "\xff"));
}

TEST_CASE("a row of the message table tells its message and partition", "[key_codec]") {
    std::string key = entity_prefix(0x1234, Table::message, {{"ns", "type"}, "id"});
    REQUIRE_FALSE(message_of_row(partition_prefix(0x1234, Table::message)));
    append_message_key(key, {CommitNumber{12}, 3});
    REQUIRE(message_of_row(key) == MessageKey{CommitNumber{12}, 3});
    REQUIRE(partition_of_key(key) == 0x1234);
    REQUIRE_FALSE(message_of_row(to_string({0x1234, Table::entity, "a type, escaped", "an id"})));
    REQUIRE_FALSE(message_of_row(page_key(1)));
    REQUIRE(page_key(1) > kOwnRowsBegin);
    REQUIRE(page_key(1) < page_key(256));
    REQUIRE(page_key(256) < kOwnRowsEnd);
}
