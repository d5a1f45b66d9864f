// Tells ThreadSanitizer what orders threads inside the Swift libraries, which are built without it.
//
// A program built with ThreadSanitizer sees the quick paths of Swift's Mutex, which are inlined, but not the slow ones in
// libswiftSynchronization, nor the counting of references in libswiftCore: two threads that take turns under a contended
// Mutex, or one that changes an array after another gave up its copy, look like races. These functions stand before the
// libraries' own (LD_PRELOAD), call them, and state the order that each of them makes. They add no order that is not
// there: a mutex released before it was taken, a reference given up before it was found to be the last.
//
// Built and loaded by tools/test_sanitized. Names and signatures: swiftlang/swift, stdlib/public/Synchronization/Mutex
// and stdlib/public/runtime.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Of the sanitizer's runtime, in the program; absent in programs without it that inherit the preloading.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

// Objects of the runtime; absent in programs without Swift.
extern size_t swift_retainCount(void *object) __attribute__((weak));

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
#define NEXT(type, name)                  \
  static type next;                       \
  if (next == NULL) {                     \
    next = (type)dlsym(RTLD_NEXT, name);  \
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
  const bool is_locked = next(handle);
  if (is_locked) {
    acquired(handle);
  }
  return is_locked;
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK_SLOW);
SWIFT void unlock_slow(SELF void *handle) {
  NEXT(unlock_function, UNLOCK_SLOW)
  releases(handle);
  next(handle);
}

// MARK: References. Who gives one up is done with the object; who finds that there is one left comes after that.

typedef void (*release_function)(void *object);
typedef void (*release_n_function)(void *object, uint32_t count);
typedef bool (*unique_function)(const void *object);

// The object of a bridged reference, whose uppermost bits are flags. The highest marks what is no counted object: a short
// string, say, has its text there.
static void *counted(const void *reference) {
  const uintptr_t bits = (uintptr_t)reference;
  return bits >> 63 ? NULL : (void *)(bits & 0x00FFFFFFFFFFFFF8);
}

// With the last reference the object ends, after whatever others did with it.
static void may_end(void *object, size_t count) {
  if (object != NULL && __tsan_acquire != NULL && swift_retainCount != NULL && swift_retainCount(object) == count) {
    __tsan_acquire(object);
  }
}

void swift_release(void *object) {
  NEXT(release_function, "swift_release")
  void *plain = counted(object);
  may_end(plain, 1);
  releases(plain);
  next(object);
}

void swift_release_n(void *object, uint32_t count) {
  NEXT(release_n_function, "swift_release_n")
  void *plain = counted(object);
  may_end(plain, count);
  releases(plain);
  next(object, count);
}

void swift_bridgeObjectRelease(void *object) {
  NEXT(release_function, "swift_bridgeObjectRelease")
  void *plain = counted(object);
  may_end(plain, 1);
  releases(plain);
  next(object);
}

#define UNIQUE(name)                     \
  bool name(const void *object) {        \
    NEXT(unique_function, #name)         \
    const bool is_unique = next(object); \
    if (is_unique) {                     \
      acquired(counted(object));         \
    }                                    \
    return is_unique;                    \
  }

UNIQUE(swift_isUniquelyReferenced_native)
UNIQUE(swift_isUniquelyReferenced_nonNull_native)
UNIQUE(swift_isUniquelyReferencedNonObjC)
UNIQUE(swift_isUniquelyReferencedNonObjC_nonNull)
UNIQUE(swift_isUniquelyReferenced)
UNIQUE(swift_isUniquelyReferenced_nonNull)
UNIQUE(swift_isUniquelyReferenced_nonNull_bridgeObject)
UNIQUE(swift_isUniquelyReferencedNonObjC_nonNull_bridgeObject)
