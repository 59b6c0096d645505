// statefun-gateway: the command line around the gateway.
#include "gateway/cli/cli.h"
#include "gateway/gateway.h"

int main(int argc, char** argv) {
    return sfg::cli::run_cli(argc, argv, sfg::serve);
}
