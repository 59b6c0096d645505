// BlockCache: LevelDB's cache of blocks, without those that are large.
//
// A value stands whole in one block, so blocks are as large as values. LevelDB's own cache keeps in
// each of its sixteen parts the last block that was used there, however large it is: values of 30
// MiB held 450 MiB. Here a block that is larger than a part is used and let go.
//
// Threads:    any, as LevelDB asks of a cache.
// Lifetime:   as long as the database that uses it.
// Limits:     the capacity that it is made with.
#pragma once

#include <leveldb/cache.h>

#include <cstddef>
#include <memory>

namespace sfg::storage {

[[nodiscard]] std::unique_ptr<leveldb::Cache> make_block_cache(std::size_t capacity_bytes);

}  // namespace sfg::storage
