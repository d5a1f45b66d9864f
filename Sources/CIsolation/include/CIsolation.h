// What a process can give up for good, for itself and its children, by means of the kernel: see isolation.c.
#ifndef CISOLATION_H
#define CISOLATION_H

/// A folder or file that stays usable, everything below it included.
typedef struct {
  const char *path;
  /// Whether files may be made, changed and removed there.
  int writable;
  /// Whether programs and libraries there may be run.
  int executable;
  /// Whether nothing is allowed there but to remove empty folders.
  int only_removes_folders;
} fi_rule;

/// Gives up gaining privileges by running other programs (PR_SET_NO_NEW_PRIVS). Returns 0, or errno.
int fi_drop_new_privileges(void);

/// Makes the calls that reach the network, other processes and the kernel's own set-up fail with EACCES, by a seccomp filter.
/// Returns 0, or errno where the kernel has no such filters; ENOSYS on a processor this is not written for.
int fi_deny_sockets(void);

/// Makes every file fail with EACCES that is not below one of the rules, by Landlock. Rules whose path is not there are left out.
/// Holds for the calling thread and those it starts. Returns 0, or errno where the kernel has no Landlock.
int fi_restrict_files(const fi_rule *rules, int count);

#endif
