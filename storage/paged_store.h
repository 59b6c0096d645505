// PagedStore: a store that writes the messages of each group as one row (message_page.h).
//
// Its users see none of it: messages are rows of their table, put, deleted, read and scanned one by
// one. What is said in store.h holds, the crash contract included, for a page is written in its
// group, and so is what is gone.
//
//     group --> what is no message ------------> rows of the store
//           --> messages --> a page --> what is left of a page that goes --> rows of the store
//
// Pages go in the order in which they came: the first one as soon as nothing is left in it, or when
// there are too many; then what is left gets rows of its own, in the group that removes the page.
// So a message that waits long is written twice, and one that does not has no row at all. Opening
// reads the pages again and writes nothing.
//
// Threads:    as in store.h.
// Lifetime:   it owns the store below. Snapshots must be gone before it is.
// Invariants: a message stands in a page or in a row of its own, never in both. For that the key of
//             a message is put once in the life of a store (design D3), and one that comes with an
//             older number than the groups before gets a row of its own. The store below says
//             that a group is durable before it shows the next one.
// Limits:     PageLimits; so much is in memory, and read at an opening, and the last group's page.
#pragma once

#include "storage/message_page.h"
#include "storage/paged_snapshot.h"
#include "storage/store.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::storage {

struct PageLimits {
    // All pages together, before a group.
    std::size_t pages_max = 256;
    std::size_t bytes_max = 6 << 20;
    // Messages past these get rows of their own: of one page, and of one message with its key.
    std::size_t page_bytes_max = 1 << 20;
    std::size_t message_bytes_max = 4 << 10;
};

class PagedStore final : public Store {
public:
    // `where` is named in errors.
    PagedStore(std::unique_ptr<Store> store, PageLimits limits, std::string where);

    // Reads the pages. Once, before anything else.
    [[nodiscard]] StoreResult<void> load();

    [[nodiscard]] StoreIdentity identity() const override { return store_->identity(); }

    void commit(const WriteBatch& group, OnDurable on_durable) override;

    [[nodiscard]] std::unique_ptr<Snapshot> snapshot() override;

    [[nodiscard]] std::uint64_t disk_bytes() const override { return store_->disk_bytes(); }

    void trim() override { store_->trim(); }

    // Pages that the next group finds.
    [[nodiscard]] std::size_t pages() const { return pages_.size(); }

private:
    using Gone = MessagePage::Gone;

    struct Held {
        std::shared_ptr<MessagePage> page;
        CommitNumber newest{};  // Of its messages and those of all pages before.
    };

    using Pages = std::shared_ptr<const PagedView::Pages>;

    [[nodiscard]] StoreResult<void> load_page(const Row& row);
    [[nodiscard]] bool apply(const std::vector<Gone>& gone);

    void begin_group();
    void sort_out(const WriteBatch& group);
    void put(const WriteBatch& group, WriteBatch::Slot slot, const MessagePage::Row& row);
    bool take(MessageKey message, std::string_view key);
    void retire();
    void retire_first();
    void write_page();
    void add(std::shared_ptr<MessagePage> page);
    [[nodiscard]] Pages pages_now() const;
    void publish(Pages pages, MessagePage::Version version);

    const std::unique_ptr<Store> store_;
    const PageLimits limits_;
    const std::string where_;

    // Owned by the thread that commits.
    std::deque<Held> pages_;  // With consecutive numbers.
    std::size_t bytes_ = 0;   // Of the pages.
    std::uint64_t next_page_ = 1;
    MessagePage::Version version_ = 1;
    CommitNumber newest_{};  // Of the messages of all groups before.
    // What becomes of the group; filled again and again.
    WriteBatch rows_;
    std::vector<MessagePage::Row> messages_;
    std::size_t message_bytes_ = 0;
    CommitNumber newest_of_group_{};
    CommitNumber first_of_group_{};  // Of what goes into its page.
    std::vector<Gone> gone_;

    mutable std::mutex mutex_;
    std::shared_ptr<const PagedView> view_;  // Guarded by mutex_.
};

// The store with pages. A page that can't be read is an error: messages would be lost.
[[nodiscard]] StoreResult<std::unique_ptr<Store>>
with_pages(StoreResult<std::unique_ptr<Store>> store, PageLimits limits, std::string where);

}  // namespace sfg::storage
