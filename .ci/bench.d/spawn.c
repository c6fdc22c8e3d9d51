/* The least that executing a program can cost: posix_spawn(3) and wait4(2) around
 * a clock, again and again. Prints the median wall time in nanoseconds.
 * With PAUSE, it sleeps so many microseconds before each, as any harness must that
 * writes down what it has measured.
 * Usage: spawn WARMUPS COUNT PROGRAM [PAUSE] */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
	long x = *(const long *)a, y = *(const long *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	if (argc < 4 || argc > 5 || atoi(argv[2]) < 1) {
		fprintf(stderr, "usage: spawn WARMUPS COUNT PROGRAM [PAUSE]\n");
		return 2;
	}
	int warmups = atoi(argv[1]), count = atoi(argv[2]), pause = argc > 4 ? atoi(argv[4]) : 0;
	char *program[] = {argv[3], NULL};
	long *wall = calloc(count, sizeof *wall);
	for (int i = -warmups; i < count; i++) {
		pid_t pid;
		int status;
		struct rusage usage;
		if (pause > 0)
			usleep(pause);
		long begin = now();
		if (posix_spawn(&pid, program[0], NULL, NULL, program, environ) != 0 ||
		    wait4(pid, &status, 0, &usage) != pid || status != 0) {
			fprintf(stderr, "spawn: %s does not run\n", program[0]);
			return 1;
		}
		if (i >= 0)
			wall[i] = now() - begin;
	}
	qsort(wall, count, sizeof *wall, ascending);
	printf("%ld\n", (wall[(count - 1) / 2] + wall[count / 2]) / 2);
	return 0;
}
