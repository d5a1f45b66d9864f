// Which processor a thread runs on, in calls that Swift cannot make or does not see.

#define _GNU_SOURCE
#include "CKernels.h"

#ifdef __linux__
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int fk_processor(void) { return sched_getcpu(); }

int fk_thread(void) { return (int)syscall(SYS_gettid); }

int fk_keep_off(int thread, int processor) {
  cpu_set_t allowed;
  if (processor < 0 || processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
  CPU_CLR(processor, &allowed);
  return CPU_COUNT(&allowed) > 0 && sched_setaffinity(thread, sizeof allowed, &allowed) == 0;
}
#else
int fk_processor(void) { return -1; }
int fk_thread(void) { return 0; }
int fk_keep_off(int thread, int processor) { return 0; }
#endif
