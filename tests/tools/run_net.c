/* Runs nets on given numbers, for tests that judge what comes out (test_onnx_cases.py).
 *
 *     run_net < LIST
 *
 * Each line of LIST names three files, with tabs between: an ONNX model, its input as float32 [channels, height, width],
 * and where its output goes, float32. For each line one of standard output: "ran", or what the model was refused for. */

#include "base/buffer.h"
#include "base/checked.h"
#include "base/file.h"
#include "kernel/blas.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t most_bytes = (size_t)64 << 20;

static int write_floats(const char *path, const float *numbers, size_t n, kin_error *err)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return kin_fail(err, KIN_E_IO, "cannot write %s", path);
    bool whole = fwrite(numbers, sizeof *numbers, n, file) == n;
    if (fclose(file) != 0 || !whole)
        return kin_fail(err, KIN_E_IO, "cannot write %s", path);
    return KIN_OK;
}

static int run(const kin_net *net, const kin_buffer *numbers, const char *to, kin_error *err)
{
    const kin_net_info *info = kin_net_about(net);
    kin_runner *runner = NULL;
    if (numbers->size != info->channels * info->height * info->width * sizeof(float))
        return kin_fail(err, KIN_E_USAGE, "the input has %zu bytes, which is not the model's size", numbers->size);
    float *planes = kin_alloc_array(numbers->size, 1), *output = kin_alloc_array(info->output_count, sizeof *output);
    int code = planes && output ? kin_runner_new(net, &runner, err) : kin_fail_memory(err);
    if (code == KIN_OK) {
        memcpy(planes, numbers->data, numbers->size);
        kin_runner_run(runner, planes, output);
        code = write_floats(to, output, info->output_count, err);
    }
    kin_runner_free(runner);
    free(planes);
    free(output);
    return code;
}

static int run_line(const char *model, const char *input, const char *output, kin_error *err)
{
    kin_buffer onnx = KIN_BUFFER_INIT, numbers = KIN_BUFFER_INIT;
    kin_net *net = NULL;
    int code = kin_file_read(model, most_bytes, &onnx, err);
    if (code == KIN_OK)
        code = kin_file_read(input, most_bytes, &numbers, err);
    if (code == KIN_OK)
        code = kin_net_open(onnx.data, onnx.size, NULL, &net, err);
    if (code == KIN_OK)
        code = run(net, &numbers, output, err);
    kin_net_free(net);
    kin_buffer_clear(&onnx);
    kin_buffer_clear(&numbers);
    return code;
}

int main(void)
{
    char line[4096];
    kin_blas_threads(1);
    while (fgets(line, sizeof line, stdin)) {
        kin_error err = KIN_ERROR_INIT;
        line[strcspn(line, "\n")] = '\0';
        char *input = strchr(line, '\t'), *output = input ? strchr(input + 1, '\t') : NULL;
        if (!output) {
            (void)fprintf(stderr, "run_net: a line names three files, with tabs between\n");
            return 2;
        }
        *input++ = *output++ = '\0';
        puts(run_line(line, input, output, &err) == KIN_OK ? "ran" : err.message);
    }
    return fclose(stdout) == 0 ? 0 : 1;
}
