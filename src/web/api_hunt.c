/* Going on with a job: how far its hunt is, the next batch, a control. */
#include "web/web_private.h"

#include "kin/hunt.h"

enum { usual_batch = 20, most_batch = 100000 };

int kin_web__hunt(web_request *request, kin_error *err)
{
    kin_hunt hunt;
    int64_t next = usual_batch;
    int code = kin_web_argument_number(request, "next", 0, most_batch, &next, err);
    if (code == KIN_OK)
        code = kin_workspace_hunt(request->workspace, request->id, (size_t)next, &hunt, err);
    if (code != KIN_OK)
        return code;
    kin_json json = kin_json_new();
    kin_json_hunt(&json, NULL, &hunt);
    kin_hunt_clear(&hunt);
    return kin_web_answer_json(request, &json, err);
}

int kin_web__job_next(web_request *request, kin_error *err)
{
    int64_t n = usual_batch, made = 0;
    int code = kin_web_member_number(request->json, "n", 1, most_batch, &n, err);
    if (code == KIN_OK)
        code = kin_workspace_job_next(request->workspace, request->id, (size_t)n, &made, err);
    return code == KIN_OK ? kin_web_answer_job(request, made, err) : code;
}

int kin_web__job_control(web_request *request, kin_error *err)
{
    int64_t n = 0, seed = 0, made = 0;
    int code = kin_web_member_number(request->json, "n", 1, most_batch, &n, err);
    if (code == KIN_OK)
        code = kin_web_member_number(request->json, "seed", 1, INT64_MAX, &seed, err);
    if (code == KIN_OK)
        code = kin_workspace_job_control(request->workspace, request->id, (size_t)n, (uint64_t)seed, &made, err);
    return code == KIN_OK ? kin_web_answer_job(request, made, err) : code;
}
