#include "storage/ballast.h"

#include "tests/support/show_result.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace sfg;
using namespace sfg::test;
using storage::Ballast;
using storage::DiskRoom;

TEST_CASE("a ballast takes its room, gives it back and takes it again", "[ballast]") {
    TempDirectory temp;
    Ballast ballast(temp.path(), 1 << 20);
    REQUIRE(ballast.held_bytes() == 0);

    REQUIRE(ballast.restore(0));
    REQUIRE(ballast.held_bytes() >= 1 << 20);
    REQUIRE(Ballast(temp.path(), 1 << 20).held_bytes() >= 1 << 20);
    REQUIRE(ballast.restore(0));

    REQUIRE(ballast.release());
    REQUIRE(ballast.held_bytes() == 0);
    REQUIRE(ballast.release());
    REQUIRE(ballast.restore(0));
    REQUIRE(ballast.held_bytes() >= 1 << 20);
}

TEST_CASE("a ballast that became a hole is filled again", "[ballast]") {
    TempDirectory temp;
    Ballast ballast(temp.path(), 1 << 20);
    REQUIRE(ballast.restore(0));
    std::filesystem::resize_file(temp.path() + "/BALLAST", 0);
    std::filesystem::resize_file(temp.path() + "/BALLAST", 1 << 20);
    REQUIRE(ballast.held_bytes() < 1 << 20);
    REQUIRE(ballast.restore(0));
    REQUIRE(ballast.held_bytes() >= 1 << 20);
}

TEST_CASE("a ballast in a directory that is not there says so", "[ballast]") {
    Ballast ballast("/no/such/directory", 1 << 20);
    auto restored = ballast.restore();
    REQUIRE_FALSE(restored);
    REQUIRE(restored.error().reason.find("/no/such/directory") != std::string::npos);
    REQUIRE(ballast.release());
}

TEST_CASE("a disk's level follows its free space and its reserve", "[ballast]") {
    DiskRoom room;
    room.reserve_bytes = 100;
    room.free_bytes = 101;
    REQUIRE(room.level() == DiskRoom::Level::enough);
    room.free_bytes = 100;
    REQUIRE(room.level() == DiskRoom::Level::reserve);
    room.free_bytes = 51;
    REQUIRE(room.level() == DiskRoom::Level::reserve);
    room.free_bytes = 50;
    REQUIRE(room.level() == DiskRoom::Level::half_reserve);
}

TEST_CASE("the reserve is scaled down on a small disk", "[ballast]") {
    TempDirectory temp;
    auto room = storage::disk_room(temp.path(), 1);
    REQUIRE(room.has_value());
    REQUIRE(room->reserve_bytes == 1);
    REQUIRE(room->total_bytes > 0);
    REQUIRE(room->free_bytes <= room->total_bytes);
    auto wanting_all = storage::disk_room(temp.path(), ~std::uint64_t{0});
    REQUIRE(wanting_all->reserve_bytes == room->total_bytes / 10);
}
