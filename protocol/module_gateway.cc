#include "protocol/module_gateway.h"

namespace sfg::module_reader {

void read_gateway_section(Fields& spec, EndpointSpec& endpoint) {
    const YamlNode* section = spec.map("gateway");
    if (section == nullptr) {
        return;
    }
    // Quoted digits are digits: nothing of this is StateFun's to read.
    Fields fields(spec.context(), *section, spec.place_of("gateway"), Conversion::jackson);
    if (const auto text = fields.text("concurrency"); text.value) {
        endpoint.concurrency = parse_concurrency(*text.value);
        if (!endpoint.concurrency) {
            fields.context().report.error(
                fields.place_of("concurrency"),
                "accepted: " + concurrency_accepted(),
                {*text.value, {}}
            );
        }
    }
    fields.finish();
}

}  // namespace sfg::module_reader
