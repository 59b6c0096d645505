#include "gateway/cli/migrate.h"

#include "gateway/cli/exit_codes.h"
#include "protocol/module_migrate.h"

#include <ostream>

namespace sfg::cli {

int migrate_files(const ModuleFiles& files, std::ostream& out, std::ostream& err) {
    std::string text;
    bool failed = !files.errors.empty();
    for (const std::string& error : files.errors) {
        err << error << '\n';
    }
    for (const ModuleText& file : files.texts) {
        const Migrated migrated = migrate_module(file);
        for (const Diagnostic& diagnostic : migrated.diagnostics) {
            err << diagnostic.text() << '\n';
            failed = failed || diagnostic.severity == Severity::error;
        }
        text += text.empty() ? "" : "---\n";
        text += migrated.text;
    }
    if (failed) {
        return value_of(ExitCode::bad_input);
    }
    out << text;
    return value_of(ExitCode::ok);
}

}  // namespace sfg::cli
