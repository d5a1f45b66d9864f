// What a helper process asks of Linux, in calls that Swift cannot make or does not see.

#define _GNU_SOURCE
#include "CKernels.h"

#ifdef __linux__
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int fk_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0; }

int fk_lowest_priority(void) {
  struct sched_param none = {0};
  int idle = sched_setscheduler(0, SCHED_IDLE, &none) == 0;
  // Where SCHED_IDLE is refused this is all there is.
  return setpriority(PRIO_PROCESS, 0, 19) == 0 || idle;
}
#else
int fk_die_with_parent(void) { return 0; }
int fk_lowest_priority(void) { return 0; }
#endif
