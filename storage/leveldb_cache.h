// BlockCache: LevelDB's cache of blocks, without most of those that are large.
//
// A value stands whole in one block, so blocks are as large as values. LevelDB's own cache keeps in
// each of its sixteen parts the last block that was used there, however large it is: values of 30
// MiB held 450 MiB. Here a block that is larger than a part is used and let go.
//
// But a block holds what stands before a large value, too, some hundred rows. To read each of them
// from a block of 30 MiB takes 20 ms, and they belong to others than the large value. So the last
// few of the largest are kept as long as they are in use, until forget_large() is called.
//
// Threads:    any, as LevelDB asks of a cache.
// Lifetime:   as long as the database that uses it.
// Limits:     the capacity that it is made with, and kLargeKept blocks over kLargeBlockBytes.
#pragma once

#include "protocol/limits.h"

#include <leveldb/cache.h>

#include <cstddef>
#include <memory>

namespace sfg::storage {

inline constexpr std::size_t kLargeBlockBytes = 4 * kMiB;
inline constexpr std::size_t kLargeKept = 2;

class BlockCache : public leveldb::Cache {
public:
    // Called every few seconds, so that what nobody reads any more does not stay.
    virtual void forget_large() = 0;
};

[[nodiscard]] std::unique_ptr<BlockCache> make_block_cache(std::size_t capacity_bytes);

}  // namespace sfg::storage
