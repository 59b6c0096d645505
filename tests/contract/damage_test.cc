// Longer than 300: every kind of damage side by side, each a few lines.
// Damaged directories: refused by the name of the file and left as they are, or, where only the
// last group was torn, opened without it.
#include "tests/contract/workload.h"

#include <functional>

using namespace sfg;
using namespace sfg::test;
using storage::StoreErrc;
using storage::WriteBatch;

namespace {

const std::string kStore = "/disk/store/";

// A closed store.
std::unique_ptr<FaultEnv> disk_with(const Workload& workload) {
    auto files = std::make_unique<FaultEnv>();
    REQUIRE(files->make_directory("/disk"));
    REQUIRE(run_workload(*files, workload, 0).durable == workload.size());
    return files;
}

// The only file with such an end to its name; the first, if there are more.
std::string file_with(const FaultEnv& files, const std::string& part) {
    for (const auto& [path, content] : files.everything()) {
        if (path.find(part) != std::string::npos && !content.empty()) {
            return path;
        }
    }
    FAIL("no " << part);
    return {};
}

void change(FaultEnv& files, const std::string& path, const std::function<void(std::string&)>& by) {
    std::string content = files.content(path);
    by(content);
    files.overwrite(path, content);
}

void require_refused(FaultEnv& files, const std::string& named) {
    auto before = files.everything();
    auto operations = files.operations();
    {
        FaultyStore faulty(files);
        REQUIRE_FALSE(faulty.opened());
        INFO(faulty.opened().error().reason);
        REQUIRE(faulty.opened().error().code == StoreErrc::corrupt);
        REQUIRE(faulty.opened().error().reason.find(named) != std::string::npos);
    }
    bool untouched = files.everything() == before && files.operations() == operations;
    REQUIRE(untouched);
}

// Where the records of a log begin; each of these logs fits into one block.
std::vector<std::size_t> record_starts(const std::string& log) {
    std::vector<std::size_t> starts;
    for (std::size_t at = 0; at + 7 <= log.size();) {
        starts.push_back(at);
        auto low = static_cast<unsigned char>(log[at + 4]);
        auto high = static_cast<unsigned char>(log[at + 5]);
        at += 7 + (low | std::size_t{high} << 8);
    }
    return starts;
}

// Groups of one small row each.
std::unique_ptr<FaultEnv> disk_with_small_groups(int groups) {
    auto files = std::make_unique<FaultEnv>();
    REQUIRE(files->make_directory("/disk"));
    FaultyStore faulty(*files);
    REQUIRE(faulty.opened());
    for (int i = 0; i < groups; ++i) {
        WriteBatch group;
        group.put_copy("row " + std::to_string(i), std::string(20, 'v'));
        REQUIRE(commit(faulty.store(), group));
    }
    return files;
}

std::size_t row_count(FaultEnv& files) {
    FaultyStore faulty(files);
    REQUIRE(faulty.opened());
    return all_rows(faulty.store()).size();
}

}  // namespace

TEST_CASE("an intact store opens without a change to its logs", "[damage]") {
    auto files = disk_with(Workload(40, 3));
    std::string log = file_with(*files, ".log");
    std::string content = files->content(log);
    std::string manifest = file_with(*files, "MANIFEST");
    auto operations = files->operations();
    // The first operation of an opening is LevelDB's; a cut would come before it.
    files->plan({operations, FaultPlan::Kind::from_then, EIO});
    {
        FaultyStore faulty(*files);
        REQUIRE_FALSE(faulty.opened());
    }
    REQUIRE(files->struck() == DiskOperation::create);
    REQUIRE(files->content(log) == content);
}

TEST_CASE("any changed byte of a log is found, and only the last group may go", "[damage]") {
    constexpr int kGroups = 6;
    auto intact = disk_with_small_groups(kGroups);
    std::string log = file_with(*intact, ".log");
    std::string content = intact->content(log);
    std::size_t last = record_starts(content).back();
    REQUIRE(record_starts(content).size() == kGroups);
    for (std::size_t at = 0; at < content.size(); ++at) {
        for (char flip : {'\x01', '\x80', '\xff'}) {
            CAPTURE(at, static_cast<int>(flip));
            auto files = intact->after_power_cut(PowerCut::everything, 1);
            change(*files, log, [&](std::string& bytes) {
                bytes[at] = static_cast<char>(bytes[at] ^ flip);
            });
            if (at < last) {
                require_refused(*files, log);
            } else {
                REQUIRE(row_count(*files) == kGroups - 1);
            }
        }
    }
}

TEST_CASE("a log that ends at any byte holds the groups before", "[damage]") {
    constexpr int kGroups = 6;
    auto intact = disk_with_small_groups(kGroups);
    std::string log = file_with(*intact, ".log");
    std::string content = intact->content(log);
    auto starts = record_starts(content);
    for (std::size_t size = 0; size < content.size(); ++size) {
        CAPTURE(size);
        auto files = intact->after_power_cut(PowerCut::everything, 1);
        files->overwrite(log, content.substr(0, size));
        std::size_t groups = 0;
        while (groups + 1 < starts.size() && starts[groups + 1] <= size) {
            ++groups;
        }
        REQUIRE(row_count(*files) == groups);
        REQUIRE(row_count(*files) == groups);
    }
}

TEST_CASE("a log in which a record was wiped or taken out is refused", "[damage]") {
    auto intact = disk_with_small_groups(6);
    std::string log = file_with(*intact, ".log");
    auto starts = record_starts(intact->content(log));
    std::size_t bytes = starts[3] - starts[2];

    SECTION("zeros in its place") {
        change(*intact, log, [&](std::string& content) {
            content.replace(starts[2], bytes, bytes, '\0');
        });
    }
    SECTION("the others moved up") {
        change(*intact, log, [&](std::string& content) { content.erase(starts[2], bytes); });
    }
    SECTION("there twice") {
        change(*intact, log, [&](std::string& content) {
            content.insert(starts[3], content.substr(starts[2], bytes));
        });
    }
    require_refused(*intact, log);
}

TEST_CASE("a log of many blocks with one of them wiped is refused", "[damage]") {
    Workload workload(12, 4);  // The last group is a large one.
    auto files = disk_with(workload);
    std::string log = file_with(*files, ".log");
    std::string content = files->content(log);
    REQUIRE(content.size() > 120'000);

    // The first block holds groups before the large one.
    change(*files, log, [](std::string& bytes) { bytes.replace(0, 32768, 32768, '\0'); });
    require_refused(*files, log);
}

TEST_CASE("a torn group of many blocks is cut off, whichever of its blocks are there", "[damage]") {
    Workload workload(12, 4);
    std::size_t large = workload.group(11).bytes();
    for (std::size_t hole = 0; hole < 4; ++hole) {
        CAPTURE(hole);
        auto files = disk_with(workload);
        std::string log = file_with(*files, ".log");
        std::size_t begin = files->content(log).size() - large + hole * 30'000;
        change(*files, log, [&](std::string& bytes) { bytes.replace(begin, 4096, 4096, '\0'); });
        REQUIRE(recovered_groups(*files, workload) == 11);
        REQUIRE(run_workload(*files, workload, 11).durable == 12);
    }
}

TEST_CASE("bytes of a message that look like a record are not taken for one", "[damage]") {
    auto files = disk_with_small_groups(3);
    std::string log = file_with(*files, ".log");
    std::string old_log = files->content(log);
    {
        FaultyStore faulty(*files);
        WriteBatch first;
        first.put_copy("before", "x");
        REQUIRE(commit(faulty.store(), first));
        WriteBatch group;
        group.put_copy("log in a message", old_log);
        REQUIRE(commit(faulty.store(), group));
    }
    std::string newest = file_with(*files, ".log");
    REQUIRE(newest != log);
    std::size_t last = record_starts(files->content(newest)).at(1);
    // The second group is torn at its head; the records inside of it are whole.
    change(*files, newest, [&](std::string& bytes) { bytes.replace(last, 12, 12, '\0'); });

    REQUIRE(row_count(*files) == 4);
}

TEST_CASE("a directory without CURRENT is refused instead of started empty", "[damage]") {
    auto files = disk_with(Workload(40, 3));
    SECTION("gone") {
        REQUIRE(files->remove(kStore + "CURRENT"));
    }
    SECTION("empty") {
        files->overwrite(kStore + "CURRENT", "");
    }
    SECTION("cut off") {
        change(*files, kStore + "CURRENT", [](std::string& bytes) { bytes.pop_back(); });
    }
    SECTION("foreign") {
        files->overwrite(kStore + "CURRENT", "MANIFEST-../x\n");
    }
    require_refused(*files, "CURRENT");
}

TEST_CASE("a missing MANIFEST is refused", "[damage]") {
    auto files = disk_with(Workload(40, 3));
    std::string manifest = file_with(*files, "MANIFEST");
    REQUIRE(files->remove(manifest));
    require_refused(*files, manifest);
}

TEST_CASE("any changed byte of a MANIFEST is refused or costs nothing", "[damage]") {
    Workload workload(40, 3);
    auto intact = disk_with(workload);
    std::string manifest = file_with(*intact, "MANIFEST");
    std::string content = intact->content(manifest);
    std::size_t last = record_starts(content).back();
    REQUIRE(last > 0);
    for (std::size_t at = 0; at < content.size(); ++at) {
        CAPTURE(at);
        auto files = intact->after_power_cut(PowerCut::everything, 1);
        change(*files, manifest, [&](std::string& bytes) {
            bytes[at] = static_cast<char>(bytes[at] ^ '\x10');
        });
        // Damage to the last record is a torn end: the state before it was a good one, but the
        // files that only the last record names, or that it released, tell.
        require_refused(*files, at < last ? manifest : kStore);
    }
}

TEST_CASE("a MANIFEST that was torn while it was written costs nothing", "[damage]") {
    Workload workload(40, 3);
    auto files = disk_with(workload);
    std::string manifest = file_with(*files, "MANIFEST");
    SECTION("garbage behind it") {
        change(*files, manifest, [](std::string& bytes) { bytes += std::string(300, '\x02'); });
    }
    SECTION("zeros behind it") {
        change(*files, manifest, [](std::string& bytes) { bytes += std::string(300, '\0'); });
    }
    SECTION("half a header behind it") {
        change(*files, manifest, [](std::string& bytes) { bytes += "abc"; });
    }
    REQUIRE(recovered_groups(*files, workload) == workload.size());
    REQUIRE(recovered_groups(*files, workload) == workload.size());
}

TEST_CASE("a missing or shortened file that the MANIFEST names is refused", "[damage]") {
    auto files = disk_with(Workload(40, 3));
    std::string path;
    SECTION("table gone") {
        path = file_with(*files, ".ldb");
        REQUIRE(files->remove(path));
    }
    SECTION("table shorter") {
        path = file_with(*files, ".ldb");
        change(*files, path, [](std::string& bytes) { bytes.pop_back(); });
    }
    SECTION("log gone") {
        path = file_with(*files, ".log");
        REQUIRE(files->remove(path));
    }
    require_refused(*files, path);
}

TEST_CASE(
    "a changed byte of a table is an error when it is read, never another value",
    "[damage]"
) {
    Workload workload(40, 3);
    auto intact = disk_with(workload);
    std::string table = file_with(*intact, ".ldb");
    int errors = 0;
    for (std::size_t at = 0; at < intact->content(table).size(); at += 701) {
        CAPTURE(at);
        auto files = intact->after_power_cut(PowerCut::everything, 1);
        change(*files, table, [&](std::string& bytes) {
            bytes[at] = static_cast<char>(bytes[at] ^ '\x04');
        });
        FaultyStore faulty(*files);
        if (!faulty.opened()) {
            REQUIRE(faulty.opened().error().code == StoreErrc::corrupt);
            continue;
        }
        storage::Range range;
        range.to = "\xff";
        range.rows_max = 1000;
        range.bytes_max = 10 << 20;
        auto snapshot = faulty.store().snapshot();
        auto scanned = snapshot->scan(range);
        if (!scanned) {
            REQUIRE(scanned.error().code == StoreErrc::corrupt);
            ++errors;
            continue;
        }
        for (const storage::Row& row : scanned->rows) {
            bool equal = row.value.view() == workload.content(workload.size()).at(row.key);
            REQUIRE(equal);
        }
        snapshot.reset();
    }
    REQUIRE(errors > 0);
}
