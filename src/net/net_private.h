#ifndef KIN_NET_PRIVATE_H
#define KIN_NET_PRIVATE_H
/* Private to src/net: what a net and a runner are. */

#include "net.h"
#include "net_plan.h"

struct kin_net {
    kin_net_graph graph;
    kin_net_plan plan;
    kin_net_info info;
};

struct kin_runner {
    const kin_net *net;
    float *workspace, *scratch;
};

/* kin_net_open, with inverted residual blocks taken together or not. */
int kin_net__open(const void *bytes, size_t size, const kin_net_options *options, bool blocks, kin_net **out,
                  kin_error *err);

#endif
