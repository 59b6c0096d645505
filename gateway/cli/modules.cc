#include "gateway/cli/modules.h"

#include "gateway/egress/kafka_check.h"
#include "gateway/functions/tls_check.h"
#include "protocol/module_config_map.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace sfg::cli {

ModuleFiles read_module_texts(const std::vector<std::string>& paths, FileForm form) {
    ModuleFiles files = read_module_files(paths);
    if (form == FileForm::modules) {
        return files;
    }
    std::vector<ModuleText> modules;
    for (const ModuleText& file : files.texts) {
        std::vector<ModuleText> inside = modules_of_config_map(file);
        if (inside.empty()) {
            files.errors.push_back(
                file.file +
                ": has no ConfigMap with a *.yaml below data; leave out --from-configmap"
            );
        }
        std::ranges::move(inside, std::back_inserter(modules));
    }
    files.texts = std::move(modules);
    return files;
}

ReadModules
read_modules(const Config& config, FileForm form, const NamedValues& environment, TlsLook look) {
    ModuleFiles files = read_module_texts(config.modules, form);
    ReadModules read;
    read.errors = std::move(files.errors);
    const auto variable = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = std::ranges::find(environment, name, &NamedValues::value_type::first);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
    LoadOptions options{.is_readable = is_readable_file, .environment = variable};
    if (look == TlsLook::contents) {
        options.check_tls = functions::check_tls;
        options.check_ingress = [](const KafkaIngressSpec& spec) {
            return kafka::check_settings(spec);
        };
        options.check_egress = [](const KafkaEgressSpec& spec) {
            return kafka::check_settings(spec);
        };
    }
    read.modules = load_modules(files.texts, options);
    const bool refuses = config.module_warnings == ModuleWarnings::refuse;
    for (const Diagnostic& diagnostic : read.modules.diagnostics) {
        const bool is_error = diagnostic.severity == Severity::error || refuses;
        (is_error ? read.errors : read.warnings).push_back(diagnostic.text());
    }
    return read;
}

}  // namespace sfg::cli
