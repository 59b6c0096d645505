// From --module to what is bound: the files, read and understood together.
//
// Threads:  any; blocking for the files.
#pragma once

#include "gateway/cli/module_files.h"
#include "gateway/config.h"
#include "protocol/module_spec.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sfg::cli {

// What the files are: modules, or Kubernetes ConfigMaps with modules inside.
enum class FileForm : std::uint8_t { modules, config_maps };

// How files that modules name are looked at: whether they are there, or also what they hold, and
// whether Kafka's clients can be made.
enum class TlsLook : std::uint8_t { names, contents };

struct ReadModules {
    LoadedModules modules;
    // The reports of both steps, one line each, with their places.
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

// Reads everything anew. Any thread, blocking.
using ModuleSource = std::function<ReadModules()>;

// The modules that the configuration names; `environment` fills placeholders. Warnings count as
// errors where the configuration says so.
[[nodiscard]] ReadModules read_modules(
    const Config& config,
    FileForm form,
    const NamedValues& environment,
    TlsLook look = TlsLook::names
);

// The texts only.
[[nodiscard]] ModuleFiles read_module_texts(const std::vector<std::string>& paths, FileForm form);

}  // namespace sfg::cli
