// A failed REQUIRE on a StoreResult shows the reason.
#pragma once

#include "storage/store.h"

#include <catch2/catch.hpp>

#include <string>

template <typename T>
struct Catch::StringMaker<sfg::storage::StoreResult<T>> {
    static std::string convert(const sfg::storage::StoreResult<T>& result) {
        return result ? "ok" : result.error().reason;
    }
};
