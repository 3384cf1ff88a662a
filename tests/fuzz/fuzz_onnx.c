/* The bytes are an ONNX model, which is loaded and planned within 64 MiB; one that is cheap to run is run, in float and,
 * with ranges measured on one picture, in 8 bits. */
#include "fuzz.h"

#include "net/net.h"

enum { most_memory = 64 << 20, input_size = 16 };

static const double cheap = 2e6; /* floating-point operations */

static void run(const kin_net *net)
{
    const kin_net_info *info = kin_net_about(net);
    size_t planes;
    kin_runner *runner = NULL;
    kin_error err = KIN_ERROR_INIT;
    must(kin_size_mul(info->channels * info->height, info->width, &planes));
    if (kin_runner_new(net, &runner, &err) != KIN_OK)
        return;
    float *input = kin_alloc_zeroed(planes, sizeof *input);
    float *output = kin_alloc_zeroed(info->output_count, sizeof *output);
    must(input && output);
    for (size_t i = 0; i < planes; i++)
        input[i] = (float)(i % 7) - 3;
    kin_runner_run(runner, input, output);
    free(input);
    free(output);
    kin_runner_free(runner);
}

static void run_in_bytes(const uint8_t *data, size_t size, const kin_net_info *info, kin_net_options options)
{
    size_t planes;
    kin_net *net = NULL;
    kin_net_ranges ranges = { 0, NULL };
    kin_error err = KIN_ERROR_INIT;
    must(kin_size_mul(info->channels * info->height, info->width, &planes));
    float *image = kin_alloc_zeroed(planes, sizeof *image);
    must(image);
    for (size_t i = 0; i < planes; i++)
        image[i] = (float)(i % 5) - 2;
    int code = kin_net_calibrate(data, size, &options, image, 1, &ranges, &err);
    free(image);
    if (code != KIN_OK)
        return;
    options.ranges = &ranges;
    code = kin_net_open(data, size, &options, &net, &err);
    if (code == KIN_OK)
        run(net);
    else
        fuzz_check_failure(code, &err);
    kin_net_free(net);
    kin_net_ranges_clear(&ranges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    kin_net_options options = KIN_NET_OPTIONS_INIT;
    kin_error err = KIN_ERROR_INIT;
    kin_net *net = NULL;
    options.input_size = input_size;
    options.memory_limit = most_memory;
    int code = kin_net_open(data, size, &options, &net, &err);
    if (code != KIN_OK) {
        fuzz_check_failure(code, &err);
        must(!net);
        return 0;
    }
    const kin_net_info *info = kin_net_about(net);
    must(info->weight_bytes <= most_memory && info->workspace_bytes <= most_memory);
    if (info->flops < cheap && info->workspace_bytes < most_memory / 16) {
        run(net);
        run_in_bytes(data, size, info, options);
    }
    kin_net_free(net);
    return 0;
}
