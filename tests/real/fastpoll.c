/* For tests: pcscd looks at a reader without an event thread, such as vpcd, every 400 ms. Preloaded, this makes exactly that pause 10 ms. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

typedef int (*sleeper)(const struct timespec *, struct timespec *);

int nanosleep(const struct timespec *asked, struct timespec *left)
{
	static sleeper real;
	const struct timespec shorter = { 0, 10000000 };
	if (real == NULL)
		real = (sleeper)dlsym(RTLD_NEXT, "nanosleep");
	return real(asked->tv_sec == 0 && asked->tv_nsec == 400000000 ? &shorter : asked, left);
}
