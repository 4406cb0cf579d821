/* Tells ThreadSanitizer of the slow path of Synchronization.Mutex, which is in a library that is not instrumented: whoever had
 * to wait for a mutex would be taken for a racer with whoever held it before. The fast path is part of the program, where it is
 * seen. `churn-test --sanitize thread` links it; with Swift's calling convention, so only clang compiles it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define MUTEX __attribute__((swift_context)) void *mutex
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef SWIFT void lock_slow_function(uint32_t thread, MUTEX);
typedef SWIFT void unlock_slow_function(MUTEX);

SWIFT void lock_slow(uint32_t thread, MUTEX) __asm__(LOCK_SLOW);
SWIFT void unlock_slow(MUTEX) __asm__(UNLOCK_SLOW);

/* Looked up each time: a lookup is cheap beside waiting, and needs no lock of its own. */
SWIFT void lock_slow(uint32_t thread, MUTEX) {
    ((lock_slow_function *)dlsym(RTLD_NEXT, LOCK_SLOW))(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void unlock_slow(MUTEX) {
    __tsan_release(mutex);
    ((unlock_slow_function *)dlsym(RTLD_NEXT, UNLOCK_SLOW))(mutex);
}
