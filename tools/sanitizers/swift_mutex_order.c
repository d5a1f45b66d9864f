// Tells ThreadSanitizer what orders threads inside libswiftSynchronization, which is built without it.
//
// A program built with ThreadSanitizer sees the quick paths of Swift's Mutex, which are inlined, but not the slow ones in the
// library: two threads that take turns under a contended Mutex look like a race. These functions stand before the
// library's own (LD_PRELOAD), call them, and state the order that each of them makes. They only ever add an order that is
// really there: a mutex released before it was taken.
//
// Built and loaded by tools/test_sanitized. Signatures: swiftlang/swift, stdlib/public/Synchronization/Mutex.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of the sanitizer's runtime, in the program; absent in programs without it that inherit the preloading.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

static void acquired(void *address) {
  if (__tsan_acquire != NULL && address != NULL) {
    __tsan_acquire(address);
  }
}

static void releases(void *address) {
  if (__tsan_release != NULL && address != NULL) {
    __tsan_release(address);
  }
}

// The library's own function, found at the first call.
#define NEXT(type, name)                                  \
  static type next;                                       \
  if (__builtin_expect(next == NULL, 0)) {                \
    next = (type)dlsym(RTLD_NEXT, name);                  \
  }

// MARK: Mutex. Its handle comes in the register of `self`, and is the word that the quick paths change.

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

typedef SWIFT void (*lock_function)(uint32_t thread, SELF void *handle);
typedef SWIFT bool (*try_function)(SELF void *handle);
typedef SWIFT void (*unlock_function)(SELF void *handle);

SWIFT void lock_slow(uint32_t thread, SELF void *handle) __asm__(LOCK_SLOW);
SWIFT void lock_slow(uint32_t thread, SELF void *handle) {
  NEXT(lock_function, LOCK_SLOW)
  next(thread, handle);
  acquired(handle);
}

SWIFT bool try_lock_slow(SELF void *handle) __asm__(TRY_LOCK_SLOW);
SWIFT bool try_lock_slow(SELF void *handle) {
  NEXT(try_function, TRY_LOCK_SLOW)
  const bool isLocked = next(handle);
  if (isLocked) {
    acquired(handle);
  }
  return isLocked;
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) {
  NEXT(unlock_function, UNLOCK_SLOW)
  releases(handle);
  next(handle);
}
