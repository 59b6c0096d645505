#include "storage/paged_store.h"

#include "protocol/assert.h"
#include "storage/each_row.h"
#include "storage/key_codec.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sfg::storage {

namespace {

StoreError damaged(const std::string& where, std::uint64_t page, const char* what) {
    return {
        StoreErrc::corrupt,
        where + ": page " + std::to_string(page) + " of the messages " + what +
            "; restore the directory from a backup"
    };
}

}  // namespace

PagedStore::PagedStore(std::unique_ptr<Store> store, PageLimits limits, std::string where)
    : store_(std::move(store)),
      limits_(limits),
      where_(std::move(where)) {}

StoreResult<void> PagedStore::load() {
    auto snapshot = store_->snapshot();
    Range range;
    range.from = page_key(0);
    range.to = prefix_end(range.from.substr(0, kSystemPrefixBytes));
    auto loaded = for_each_row(*snapshot, std::move(range), [this](const Row& row) {
        return load_page(row);
    });
    if (loaded.has_error()) {
        return loaded;
    }
    publish(pages_now(), version_);
    return {};
}

StoreResult<void> PagedStore::load_page(const Row& row) {
    std::uint64_t number = KeyReader(row.key, kSystemPrefixBytes).u64().value_or(0);
    auto page = MessagePage::parse(number, row.value, 0);
    if (!pages_.empty() && number != next_page_) {
        return damaged(where_, next_page_, "is missing");
    }
    if (!page || !apply(page->gone())) {
        return damaged(where_, number, "can't be read");
    }
    if (page->size() > 0) {
        newest_ = std::max(newest_, page->row(page->size() - 1).message.number);
    }
    add(std::move(page));
    return {};
}

// What a page says of those before it, if they are still there.
bool PagedStore::apply(const std::vector<Gone>& gone) {
    for (const Gone& one : gone) {
        if (pages_.empty() || one.page < pages_.front().page->number()) {
            continue;
        }
        MessagePage& page = *pages_.at(one.page - pages_.front().page->number()).page;
        if (one.place >= page.size() || !page.has(one.place)) {
            return false;
        }
        page.take(one.place, version_);
    }
    return true;
}

void PagedStore::commit(const WriteBatch& group, OnDurable on_durable) {
    ++version_;
    begin_group();
    sort_out(group);
    retire();
    write_page();
    auto written = [this, pages = pages_now(), version = version_, said = std::move(on_durable)](
                       StoreResult<void> result
                   ) mutable {
        rows_.clear();  // It may hold large values.
        if (result.has_value()) {
            publish(std::move(pages), version);
        }
        said(std::move(result));  // Now this store may be gone.
    };
    store_->commit(rows_, std::move(written));
}

void PagedStore::begin_group() {
    rows_.clear();
    messages_.clear();
    message_bytes_ = 0;
    gone_.clear();
    newest_of_group_ = newest_;
    first_of_group_ = CommitNumber{std::numeric_limits<std::uint64_t>::max()};
}

void PagedStore::sort_out(const WriteBatch& group) {
    using Slot = WriteBatch::Slot;
    group.for_each_slot([&](Slot slot, std::string_view key, const std::string_view* value) {
        auto message = message_of_row(key);
        if (message && value != nullptr) {
            put(group, slot, {*message, key, *value});
        } else if (!message || !take(*message, key)) {
            rows_.add(group, slot);
        }
    });
    newest_ = newest_of_group_;
}

void PagedStore::put(const WriteBatch& group, WriteBatch::Slot slot, const MessagePage::Row& row) {
    newest_of_group_ = std::max(newest_of_group_, row.message.number);
    std::size_t bytes = row.key.size() + row.value.size();
    if (row.message.number <= newest_ || bytes > limits_.message_bytes_max ||
        message_bytes_ + bytes > limits_.page_bytes_max) {
        rows_.add(group, slot);
        return;
    }
    message_bytes_ += bytes;
    first_of_group_ = std::min(first_of_group_, row.message.number);
    messages_.push_back(row);
}

// False: it has a row of its own, or none.
bool PagedStore::take(MessageKey message, std::string_view key) {
    if (message.number >= first_of_group_) {
        auto is_it = [&](const MessagePage::Row& row) {
            return row.key == key;
        };
        return std::erase_if(messages_, is_it) > 0;  // Put by this very group.
    }
    auto held = std::partition_point(pages_.begin(), pages_.end(), [&](const Held& one) {
        return one.newest < message.number;
    });
    if (held == pages_.end()) {
        return false;
    }
    auto place = held->page->find(message, key);
    if (!place || !held->page->has(*place)) {
        return false;
    }
    held->page->take(*place, version_);
    gone_.push_back({held->page->number(), static_cast<std::uint32_t>(*place)});
    return true;
}

void PagedStore::retire() {
    while (!pages_.empty() && (pages_.front().page->left() == 0 ||
                               pages_.size() >= limits_.pages_max || bytes_ > limits_.bytes_max)) {
        retire_first();
    }
    // Nobody needs to know any more what was gone of those.
    std::uint64_t first = pages_.empty() ? next_page_ : pages_.front().page->number();
    std::erase_if(gone_, [first](const Gone& one) { return one.page < first; });
}

void PagedStore::retire_first() {
    MessagePage& page = *pages_.front().page;
    for (std::size_t place = 0; page.left() > 0; ++place) {
        if (page.has(place)) {
            page.take(place, version_);
            MessagePage::Row row = page.row(place);
            rows_.put_copy(row.key, row.value);
        }
    }
    rows_.remove(page_key(page.number()));
    bytes_ -= page.bytes();
    pages_.pop_front();
}

void PagedStore::write_page() {
    if (messages_.empty() && gone_.empty()) {
        return;
    }
    auto is_before = [](const MessagePage::Row& one, const MessagePage::Row& other) {
        return one.message < other.message;
    };
    if (!std::is_sorted(messages_.begin(), messages_.end(), is_before)) {
        std::sort(messages_.begin(), messages_.end(), is_before);
    }
    SharedBytes row = MessagePage::encode(next_page_, messages_, gone_);
    rows_.put(page_key(next_page_), row);
    auto page = MessagePage::parse(next_page_, std::move(row), version_);
    SFG_ASSERT(page, "what was just written can be read");
    add(std::move(page));
}

void PagedStore::add(std::shared_ptr<MessagePage> page) {
    bytes_ += page->bytes();
    next_page_ = page->number() + 1;
    pages_.push_back({std::move(page), newest_});
}

PagedStore::Pages PagedStore::pages_now() const {
    auto pages = std::make_shared<PagedView::Pages>();
    pages->reserve(pages_.size());
    for (const Held& held : pages_) {
        pages->push_back(held.page);
    }
    return pages;
}

// The view that was, and perhaps pages with it, go after the lock.
void PagedStore::publish(Pages pages, MessagePage::Version version) {
    auto view = std::make_shared<PagedView>();
    view->pages = std::move(pages);
    view->version = version;
    std::shared_ptr<const PagedView> former;
    std::lock_guard lock(mutex_);
    view->rows = store_->snapshot();
    former = std::exchange(view_, std::move(view));
}

std::unique_ptr<Snapshot> PagedStore::snapshot() {
    std::lock_guard lock(mutex_);
    return std::make_unique<PagedSnapshot>(view_);
}

StoreResult<std::unique_ptr<Store>>
with_pages(StoreResult<std::unique_ptr<Store>> store, PageLimits limits, std::string where) {
    if (store.has_error()) {
        return store;
    }
    auto paged = std::make_unique<PagedStore>(std::move(*store), limits, std::move(where));
    if (auto loaded = paged->load(); loaded.has_error()) {
        return loaded.error();
    }
    return paged;
}

}  // namespace sfg::storage
