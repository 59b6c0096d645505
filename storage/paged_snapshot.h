// PagedSnapshot: the rows of a store and the messages of its pages, as one order of rows.
//
// Threads:    any.
// Lifetime:   a view holds its pages, so those may be gone from the store.
#pragma once

#include "storage/message_page.h"
#include "storage/store.h"

#include <memory>
#include <vector>

namespace sfg::storage {

// What is durable as of one group. It does not change.
struct PagedView {
    using Pages = std::vector<std::shared_ptr<const MessagePage>>;

    std::unique_ptr<Snapshot> rows;
    std::shared_ptr<const Pages> pages;  // Oldest first.
    MessagePage::Version version = 0;
};

class PagedSnapshot final : public Snapshot {
public:
    explicit PagedSnapshot(std::shared_ptr<const PagedView> view) : view_(std::move(view)) {}

    [[nodiscard]] StoreResult<std::optional<SharedBytes>> get(std::string_view key) override;

    // In most ranges there can be no message: they cost nothing here. Else each page is looked
    // into.
    [[nodiscard]] StoreResult<ScanResult> scan(const Range& range) override;

private:
    const std::shared_ptr<const PagedView> view_;
};

}  // namespace sfg::storage
