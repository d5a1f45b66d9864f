// The system calls have no functions in the C library, and their structures not in Swift.
#define _GNU_SOURCE
#include "CIsolation.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fi_drop_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

#if defined(__x86_64__)
#define FI_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FI_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define FI_DENY(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)

int fi_deny_sockets(void) {
#ifdef FI_ARCHITECTURE
  struct sock_filter filter[] = {
      // Calls of another processor's numbering would slip through.
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FI_ARCHITECTURE, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
      // So would those of the x32 numbering.
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
#endif
      FI_DENY(socket),
      FI_DENY(connect),
      FI_DENY(bind),
      FI_DENY(listen),
      FI_DENY(accept),
      FI_DENY(accept4),
      // It opens sockets as well.
      FI_DENY(io_uring_setup),
      FI_DENY(ptrace),
      FI_DENY(process_vm_readv),
      FI_DENY(process_vm_writev),
      FI_DENY(bpf),
      FI_DENY(perf_event_open),
      FI_DENY(userfaultfd),
      FI_DENY(mount),
      FI_DENY(umount2),
      FI_DENY(pivot_root),
      FI_DENY(chroot),
      FI_DENY(unshare),
      FI_DENY(setns),
      FI_DENY(init_module),
      FI_DENY(finit_module),
      FI_DENY(delete_module),
      FI_DENY(kexec_load),
      FI_DENY(add_key),
      FI_DENY(request_key),
      FI_DENY(keyctl),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
#else
  return ENOSYS;
#endif
}

// Rights of the first version, which every kernel with Landlock has.
#define FI_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FI_CHANGE                                                                                               \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |             \
   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FI_NEVER                                                                                                \
  (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                 \
   LANDLOCK_ACCESS_FS_MAKE_BLOCK)
#define FI_ON_A_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE)

// Renaming between folders and cutting files short are rights of later versions; headers may be older than the kernel.
#define FI_REFER (1ULL << 13)
#define FI_TRUNCATE (1ULL << 14)

int fi_restrict_files(const fi_rule *rules, int count) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return version < 0 ? errno : ENOSYS;
  __u64 change = FI_CHANGE;
  if (version >= 2) change |= FI_REFER;
  if (version >= 3) change |= FI_TRUNCATE;
  __u64 on_a_file = FI_ON_A_FILE | (change & FI_TRUNCATE);
  struct landlock_ruleset_attr attributes = {
      .handled_access_fs = FI_READ | LANDLOCK_ACCESS_FS_EXECUTE | change | FI_NEVER};
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
  if (ruleset < 0) return errno;
  for (int i = 0; i < count; i++) {
    int folder = open(rules[i].path, O_PATH | O_CLOEXEC);
    if (folder < 0) continue;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = FI_READ | (rules[i].writable ? change : 0) |
                          (rules[i].executable ? LANDLOCK_ACCESS_FS_EXECUTE : 0),
        .parent_fd = folder};
    if (rules[i].only_removes_folders) rule.allowed_access = LANDLOCK_ACCESS_FS_REMOVE_DIR;
    struct stat info;
    if (fstat(folder, &info) == 0 && !S_ISDIR(info.st_mode)) rule.allowed_access &= on_a_file;
    int failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0;
    int code = errno;
    close(folder);
    if (failed) {
      close(ruleset);
      return code;
    }
  }
  int code = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
  close(ruleset);
  return code;
}
