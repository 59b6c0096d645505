// load_modules: every file, every document, every problem.
#include "protocol/module_documents.h"
#include "protocol/module_spec.h"
#include "protocol/yaml_node.h"

#include <algorithm>
#include <utility>

namespace sfg {
namespace {

using module_reader::Bindings;
using module_reader::Context;

void read_file(Context context, const ModuleText& module, Bindings& bindings) {
    context.report.begin_file(module.file);
    YamlFile file = read_yaml(module.text);
    if (file.problem) {
        context.report.error({0, file.problem->mark, {}}, file.problem->message);
        return;
    }
    const auto filled =
        std::count_if(file.documents.begin(), file.documents.end(), [](const YamlDocument& each) {
            return each.root || each.problem;
        });
    if (filled == 0) {
        context.report.warning({0, {}, {}}, "the file declares nothing");
    }
    for (YamlDocument& document : file.documents) {
        module_reader::read_document(context, document, filled == 1, bindings);
    }
}

}  // namespace

LoadedModules load_modules(const std::vector<ModuleText>& modules, const LoadOptions& options) {
    module_reader::Report report;
    const Context context{report, options};
    Bindings bindings(context);
    for (const ModuleText& module : modules) {
        read_file(context, module, bindings);
    }
    if (!bindings.has_endpoints() && !report.has_errors()) {
        report.begin_file({});
        report.warning(
            {0, {}, {}}, "no function endpoint is declared, so no message will be accepted"
        );
    }
    if (!report.has_errors()) {
        bindings.check_targets();
    }
    LoadedModules loaded;
    loaded.spec = bindings.take();
    loaded.diagnostics = report.finish();
    return loaded;
}

}  // namespace sfg
