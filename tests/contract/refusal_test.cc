// Longer than 300: every kind of refusal side by side, each a few lines.
// Directories that are refused, on the real disk: what is said, and that nothing is touched.
#include "storage/ballast.h"
#include "storage/store_directory.h"
#include "tests/contract/beds.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sfg;
using namespace sfg::test;
using storage::StoreErrc;

namespace {

namespace fs = std::filesystem;

storage::LevelDbOptions options_for(const std::string& directory) {
    storage::LevelDbOptions options;
    options.directory = directory;
    options.partitions = 128;
    options.new_id = kIdentity.id;
    return options;
}

void make_store(const std::string& directory) {
    auto opened = storage::open_leveldb(options_for(directory));
    REQUIRE(opened);
    storage::WriteBatch group;
    group.put_copy("a", "1");
    REQUIRE(commit(**opened, group));
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void write_file(const fs::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

// Names, bytes and times of everything below.
Rows picture_of(const std::string& directory) {
    Rows picture;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        auto when = entry.last_write_time().time_since_epoch().count();
        picture[entry.path()] =
            std::to_string(when) +
            (entry.is_regular_file() ? content_of(entry.path()) : std::string());
    }
    picture["."] = std::to_string(fs::last_write_time(directory).time_since_epoch().count());
    return picture;
}

// Refused twice in the same words, with no trace on the disk.
std::string require_refused(
    const storage::LevelDbOptions& options,
    StoreErrc code,
    const std::string& watched
) {
    Rows before = picture_of(watched);
    auto opened = storage::open_leveldb(options);
    REQUIRE_FALSE(opened);
    INFO(opened.error().reason);
    REQUIRE(opened.error().code == code);
    REQUIRE(picture_of(watched) == before);
    auto again = storage::open_leveldb(options);
    REQUIRE(again.error().reason == opened.error().reason);
    return opened.error().reason;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A process that opens the store and holds it until it is killed.
class Holder {
public:
    explicit Holder(const std::string& directory) {
        int ready[2];
        REQUIRE(::pipe(ready) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            auto opened = storage::open_leveldb(options_for(directory));
            char said = opened ? 'y' : 'n';
            if (::write(ready[1], &said, 1) == 1) {
                ::pause();
            }
            ::_exit(0);
        }
        char said = 0;
        REQUIRE(::read(ready[0], &said, 1) == 1);
        REQUIRE(said == 'y');
        ::close(ready[0]);
        ::close(ready[1]);
    }

    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

    ~Holder() { kill(); }

    void kill() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = 0;
        }
    }

    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    pid_t pid_ = 0;
};

// Runs as somebody else for a while. Needs root to mean anything.
class OtherUser {
public:
    OtherUser() : was_(::geteuid()) { static_cast<void>(::seteuid(65534)); }

    OtherUser(const OtherUser&) = delete;
    OtherUser& operator=(const OtherUser&) = delete;

    ~OtherUser() { static_cast<void>(::seteuid(was_)); }

private:
    const uid_t was_;
};

}  // namespace

TEST_CASE("R62 a store of another format is refused with both versions named", "[refusal]") {
    TempDirectory temp;
    std::string directory = temp.path() + "/store";
    make_store(directory);
    for (std::string other : {"1", "3"}) {
        write_file(
            directory + "/FORMAT",
            "StateFun Gateway store\nformat: " + other + "\nsomething: else\n"
        );
        std::string reason = require_refused(options_for(directory), StoreErrc::format, directory);
        REQUIRE(contains(reason, "says format " + other));
        REQUIRE(contains(reason, "reads format 2"));
    }
}

TEST_CASE("a store of another partition count is refused with both counts named", "[refusal]") {
    TempDirectory temp;
    std::string directory = temp.path() + "/store";
    make_store(directory);
    auto options = options_for(directory);
    options.partitions = 64;

    std::string reason = require_refused(options, StoreErrc::partitions, directory);
    REQUIRE(contains(reason, "128"));
    REQUIRE(contains(reason, "64"));
}

TEST_CASE("a directory that is not ours is refused", "[refusal]") {
    TempDirectory temp;
    SECTION("with a file in it") {
        write_file(temp.path() + "/photo.jpg", "x");
        std::string reason =
            require_refused(options_for(temp.path()), StoreErrc::not_ours, temp.path());
        REQUIRE(contains(reason, "photo.jpg"));
    }
    SECTION("with somebody's LevelDB in it") {
        make_store(temp.path());
        fs::remove(temp.path() + "/FORMAT");
        std::string reason =
            require_refused(options_for(temp.path()), StoreErrc::not_ours, temp.path());
        REQUIRE(contains(reason, "LevelDB"));
    }
    SECTION("with an unfinished creation and a stranger's file in it") {
        write_file(temp.path() + "/FORMAT.creating", "");
        write_file(temp.path() + "/notes.txt", "x");
        require_refused(options_for(temp.path()), StoreErrc::not_ours, temp.path());
    }
    SECTION("with another program's FORMAT in it") {
        write_file(temp.path() + "/FORMAT", "something\n");
        require_refused(options_for(temp.path()), StoreErrc::not_ours, temp.path());
    }
    SECTION("a file") {
        write_file(temp.path() + "/file", "x");
        require_refused(options_for(temp.path() + "/file"), StoreErrc::not_ours, temp.path());
    }
}

TEST_CASE("a damaged FORMAT is refused", "[refusal]") {
    TempDirectory temp;
    make_store(temp.path());
    std::string format = content_of(temp.path() + "/FORMAT");
    for (std::size_t at = format.find("partitions"); at < format.size(); ++at) {
        CAPTURE(at);
        std::string damaged = format;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        write_file(temp.path() + "/FORMAT", damaged);
        require_refused(options_for(temp.path()), StoreErrc::corrupt, temp.path());
    }
}

TEST_CASE("a store without CURRENT is refused on the real disk too", "[refusal]") {
    TempDirectory temp;
    make_store(temp.path());
    fs::remove(temp.path() + "/CURRENT");
    std::string reason = require_refused(options_for(temp.path()), StoreErrc::corrupt, temp.path());
    REQUIRE(contains(reason, temp.path() + "/CURRENT"));
}

TEST_CASE("a store that another process holds is refused with its process id", "[refusal]") {
    TempDirectory temp;
    std::string directory = temp.path() + "/store";
    make_store(directory);
    Holder holder(directory);

    std::string reason = require_refused(options_for(directory), StoreErrc::locked, directory);
    REQUIRE(contains(reason, "process " + std::to_string(holder.pid())));

    holder.kill();
    REQUIRE(storage::open_leveldb(options_for(directory)));
}

TEST_CASE("a store that this process holds is refused", "[refusal]") {
    TempDirectory temp;
    auto first = storage::open_leveldb(options_for(temp.path()));
    REQUIRE(first);
    require_refused(options_for(temp.path()), StoreErrc::locked, temp.path());
    // A path of another spelling is the same directory.
    require_refused(options_for(temp.path() + "/."), StoreErrc::locked, temp.path());

    first->reset();
    REQUIRE(storage::open_leveldb(options_for(temp.path())));
}

TEST_CASE("R63 a lack of permission is told with owner, mode, own id and what to do", "[refusal]") {
    if (::geteuid() != 0) {
        WARN("skipped: only root can become somebody else");
        return;
    }
    TempDirectory temp;
    fs::permissions(temp.path(), fs::perms(0755));
    std::string directory = temp.path() + "/store";

    SECTION("a directory of somebody else") {
        make_store(directory);
        fs::permissions(directory, fs::perms(0755));
    }
    SECTION("a directory that can't be searched") {
        make_store(directory);
        fs::permissions(directory, fs::perms(0700));
    }
    SECTION("a parent in which nothing can be made") {}
    std::string reason;
    {
        OtherUser other;
        auto opened = storage::open_leveldb(options_for(directory));
        REQUIRE_FALSE(opened);
        REQUIRE(opened.error().code == StoreErrc::permission);
        reason = opened.error().reason;
    }
    INFO(reason);
    REQUIRE(contains(reason, directory));
    REQUIRE(contains(reason, "belongs to 0:0"));
    REQUIRE(contains(reason, "with mode 07"));
    REQUIRE(contains(reason, "runs as 65534"));
    REQUIRE(contains(reason, "chown"));
}

TEST_CASE("a missing parent directory is named", "[refusal]") {
    TempDirectory temp;
    std::string reason =
        require_refused(options_for(temp.path() + "/no/store"), StoreErrc::permission, temp.path());
    REQUIRE(contains(reason, "make " + temp.path() + "/no first"));
}

TEST_CASE("a fresh volume and a ballast are an empty directory", "[refusal]") {
    TempDirectory temp;
    fs::create_directory(temp.path() + "/lost+found");
    write_file(temp.path() + "/" + storage::kBallastFile, std::string(100, '\0'));
    make_store(temp.path());
    REQUIRE(fs::exists(temp.path() + "/lost+found"));
    REQUIRE(fs::exists(temp.path() + "/BALLAST"));
    REQUIRE(storage::open_leveldb(options_for(temp.path())));
}

TEST_CASE("a creation that was broken off is begun anew", "[refusal]") {
    TempDirectory temp;
    make_store(temp.path());
    fs::rename(temp.path() + "/FORMAT", temp.path() + "/FORMAT.creating");
    SECTION("with its text") {}
    SECTION("without") {
        write_file(temp.path() + "/FORMAT.creating", "");
    }

    auto opened = storage::open_leveldb(options_for(temp.path()));
    REQUIRE(opened);
    REQUIRE(all_rows(**opened).empty());
    REQUIRE_FALSE(fs::exists(temp.path() + "/FORMAT.creating"));
}

TEST_CASE("FORMAT can be read by a person", "[refusal]") {
    TempDirectory temp;
    make_store(temp.path());
    REQUIRE(content_of(temp.path() + "/FORMAT")
                .starts_with("StateFun Gateway store\nformat: 2\npartitions: 128\nstore: "
                             "1f2e3d4c5b6a7988\ncheck: "));
}

TEST_CASE("two new stores have different names", "[refusal]") {
    TempDirectory temp;
    auto options = options_for(temp.path() + "/a");
    options.new_id.reset();
    auto one = storage::open_leveldb(options);
    options.directory = temp.path() + "/b";
    auto two = storage::open_leveldb(options);
    REQUIRE(one);
    REQUIRE(two);
    REQUIRE((*one)->identity().id != (*two)->identity().id);
}

TEST_CASE("a store knows how much it takes on the disk", "[refusal]") {
    TempDirectory temp;
    auto opened = storage::open_leveldb(options_for(temp.path()));
    REQUIRE(opened);
    write_file(temp.path() + "/" + storage::kBallastFile, std::string(1 << 20, 'b'));
    std::uint64_t before = (*opened)->disk_bytes();
    storage::WriteBatch group;
    group.put_copy("a", std::string(100'000, 'x'));
    REQUIRE(commit(**opened, group));
    REQUIRE((*opened)->disk_bytes() >= before + 100'000);
    REQUIRE((*opened)->disk_bytes() < before + 200'000);
}
